import type { Queue } from '../queue.ts'
import { type RunnerRole, runUnderParent, takeRunnerRole } from '../supervisor/runner-role.ts'
import { settleForParent, takeSettlerRole } from '../supervisor/settling.ts'
import { onStopSignals } from '../supervisor/stop-signals.ts'
import type { WorkRecord } from '../work-record.ts'
import type { Worker, WorkerResult } from '../worker/worker.ts'
import type { WorkerOptions } from '../worker/worker-options.ts'
import type { Command, CommandInput, Terminal, Text } from './command.ts'
import { writeInfo } from './console.ts'
import { problemText } from './error-text.ts'
import type { QueueCommandHost } from './host.ts'
import { checkConnection } from './host.ts'
import { outliveApplication } from './outlive-application.ts'
import { readQueues } from './read-queues.ts'
import { superviseWork } from './supervise-work.ts'
import { printWork } from './work-lines.ts'
import { readWorkerOptions, workOptions } from './work-options.ts'

/** `queue:work`: Laravel's options, defaults and exit codes. */
export function queueWorkCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:work',
    aliases: ['work'],
    summary: { es: 'Procesa los trabajos de la cola', en: 'Start processing jobs on the queue as a daemon' },
    arguments: [
      { name: 'connection', summary: { es: 'Nombre de la conexión', en: 'The name of the queue connection to work' } },
    ],
    options: workOptions,
    async run(input, terminal) {
      const options = readWorkerOptions(input)
      const queues = readQueues(input)
      const role = takeRunnerRole()
      if (takeSettlerRole()) return await settle({ host, options, input, terminal })
      if (!role && host.script !== undefined)
        return await superviseWork({ host, script: host.script, options, queues, input, terminal })
      await using program = await host.open()
      const { queue } = program
      checkConnection(queue, input.arguments[0])
      const worker = (record?: WorkRecord) =>
        queue.worker({ ...options, queues: queues ?? [queue.defaultQueue] }, record)
      return await work({ queue, worker, role, concurrency: options.concurrency ?? 1, input, terminal })
    },
  }
}

interface Settling {
  readonly host: QueueCommandHost
  readonly options: WorkerOptions
  readonly input: CommandInput
  readonly terminal: Terminal
}

/** What is told of the end of a job is told as its other ends are. */
async function settle({ host, options, input, terminal }: Settling): Promise<number> {
  // Until this process ends.
  outliveApplication((error) => terminal.writeError(problemText(error)[terminal.locale]))
  await using program = await host.open()
  printWork(program.queue, input, terminal)
  await settleForParent(program.queue.supervision, options)
  return 0
}

interface Work {
  readonly queue: Queue
  readonly worker: (record?: WorkRecord) => Worker
  /** Of a process that another one watches over. */
  readonly role: RunnerRole | undefined
  readonly concurrency: number
  readonly input: CommandInput
  readonly terminal: Terminal
}

async function work({ queue, input, terminal, ...work }: Work): Promise<number> {
  if (terminal.isInteractive && !input.flag('json')) {
    writeInfo(terminal, processingText(input.text('queue') ?? queue.defaultQueue)[terminal.locale])
  }
  const stopPrinting = printWork(queue, input, terminal)
  try {
    const { exitCode, reason } = await run(queue, work)
    if (reason === 'memory' && input.global.verbosity > 0 && !input.flag('json'))
      writeInfo(terminal, memoryText[terminal.locale])
    return exitCode
  } finally {
    stopPrinting()
  }
}

const memoryText: Text = {
  es: 'El proceso pasó de su límite de memoria (--memory) y termina con 12. Lo que queda lo hace el próximo queue:work.',
  en: 'The process has passed its memory limit (--memory) and ends with 12. The next queue:work does what is left.',
}

async function run(queue: Queue, { worker, role, concurrency }: Pick<Work, 'worker' | 'role' | 'concurrency'>) {
  return role ? runUnderParent({ role, concurrency, supervision: queue.supervision, worker }) : runHere(worker())
}

async function runHere(worker: Worker): Promise<WorkerResult> {
  const stopListening = stopOnSignals(worker)
  try {
    return await worker.run()
  } finally {
    stopListening()
  }
}

export function processingText(queues: string): Text {
  const isOne = !queues.includes(',')
  return {
    es: `Procesando los trabajos de ${isOne ? 'la cola' : 'las colas'} [${queues}].`,
    en: `Processing jobs from the [${queues}] ${isOne ? 'queue' : 'queues'}.`,
  }
}

/** The first signal lets the current job end; the second one stops at once. */
function stopOnSignals(worker: Worker): () => void {
  let signals = 0
  return onStopSignals(() => {
    signals += 1
    if (signals === 1) worker.stop()
    else worker.stopNow()
  })
}
