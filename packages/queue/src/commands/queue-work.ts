import type { Queue } from '../queue.ts'
import type { Worker } from '../worker.ts'
import type { Command, CommandInput, Terminal, Text } from './command.ts'
import { writeInfo } from './console.ts'
import type { QueueCommandHost } from './host.ts'
import { checkConnection } from './host.ts'
import { readQueues } from './read-queues.ts'
import { onStopSignals } from './stop-signals.ts'
import { printAttemptsAsJson } from './work-json.ts'
import { printAttempts } from './work-lines.ts'
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
      const workerOptions = readWorkerOptions(input)
      await using program = await host.open()
      const { queue } = program
      checkConnection(queue, input.arguments[0])
      const worker = queue.worker({ ...workerOptions, queues: readQueues(input) ?? [queue.defaultQueue] })
      return await work({ queue, worker, input, terminal })
    },
  }
}

interface Work {
  readonly queue: Queue
  readonly worker: Worker
  readonly input: CommandInput
  readonly terminal: Terminal
}

async function work({ queue, worker, input, terminal }: Work): Promise<number> {
  const isJson = input.flag('json')
  if (terminal.isInteractive && !isJson) {
    writeInfo(terminal, processingText(input.text('queue') ?? queue.defaultQueue)[terminal.locale])
  }
  const stopPrinting = isJson
    ? printAttemptsAsJson(queue, terminal)
    : printAttempts(queue, terminal, input.global.verbosity > 0)
  const stopListening = stopOnSignals(worker)
  try {
    const result = await worker.run()
    return result.exitCode
  } finally {
    stopPrinting()
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
