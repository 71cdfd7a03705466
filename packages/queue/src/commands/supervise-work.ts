import { RecordFolder } from '../supervisor/record-folder.ts'
import { onSignals, onStopSignals } from '../supervisor/stop-signals.ts'
import { Supervisor } from '../supervisor/supervisor.ts'
import type { WorkerOptions } from '../worker/worker-options.ts'
import type { CommandInput, Terminal, Text } from './command.ts'
import { writeInfo } from './console.ts'
import { problemText } from './error-text.ts'
import type { QueueCommandHost } from './host.ts'
import { outliveApplication } from './outlive-application.ts'
import { runnerEndText } from './runner-end-text.ts'
import { wordsOf } from './words-of.ts'
import { printWork } from './work-lines.ts'
import { workOptions } from './work-options.ts'

export interface SupervisedWork {
  readonly host: QueueCommandHost
  readonly script: string
  readonly options: WorkerOptions
  /** Undefined for the default one. */
  readonly queues: readonly string[] | undefined
  readonly input: CommandInput
  readonly terminal: Terminal
}

/** Of one script's memory that is allowed, so much may the whole process take, and not less than this: in megabytes. */
const residentTimes = 4
const leastResident = 512

/** `queue:work` as the process that watches over those that work. */
export async function superviseWork({ host, script, ...work }: SupervisedWork): Promise<number> {
  const { options, input, terminal, queues } = work
  const command = { name: 'queue:work', options: workOptions }
  const { memory = 0 } = options
  const tell = (text: Text | undefined) => text && terminal.writeError(text[terminal.locale])
  const supervisor = new Supervisor({
    script,
    words: ({ maxJobs, maxTime }) =>
      wordsOf({ command, input, terminal }, { 'max-jobs': maxJobs, 'max-time': maxTime }),
    runners: input.number('max-workers') ?? 1,
    options,
    folder: new RecordFolder(host.recordFolder),
    open: () => openPrinting({ host, input, terminal }),
    // Cron starts one each minute, whatever the others are at.
    ...(options.stopWhenEmpty && { slots: { queues, workerName: input.text('name') ?? 'default' } }),
    onFull: () => {
      if (input.global.verbosity > 0) writeInfo(terminal, fullText[terminal.locale])
    },
    onEnd: (end) => tell(runnerEndText(end)),
    maxMegabytes: memory === 0 ? 0 : Math.max(leastResident, memory * residentTimes),
  })
  using _listeners = outliveApplication((error) => tell(problemText(error)))
  const stopListening = passSignals(supervisor)
  return await supervisor.run().finally(stopListening)
}

/** What jobs did to their process is told as their other ends are. */
async function openPrinting({ host, input, terminal }: Pick<SupervisedWork, 'host' | 'input' | 'terminal'>) {
  const opened = await host.open()
  printWork(opened.queue, input, terminal)
  return opened
}

function passSignals(supervisor: Supervisor): () => void {
  const stops = [
    onStopSignals(() => supervisor.stop()),
    onSignals(['SIGUSR2'], () => supervisor.pause()),
    onSignals(['SIGCONT'], () => supervisor.resume()),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

const fullText = {
  es: 'Ya trabajan tantos procesos como permite --max-workers; este termina.',
  en: 'As many processes as --max-workers allows are at work; this one ends.',
}
