import { constants } from 'node:os'
import type { Queue } from '../queue.ts'
import type { Worker } from '../worker.ts'
import type { WorkerOptions } from '../worker-options.ts'
import { type Command, type CommandInput, type Terminal, UsageError } from './command.ts'
import { writeInfo } from './console.ts'
import type { QueueCommandHost } from './host.ts'
import { checkConnection } from './host.ts'
import { readQueues } from './read-queues.ts'
import { printAttempts } from './work-lines.ts'

/** `queue:work`: Laravel's options, defaults and exit codes. */
export function queueWorkCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:work',
    aliases: ['work'],
    summary: { es: 'Procesa los trabajos de la cola', en: 'Start processing jobs on the queue as a daemon' },
    arguments: [
      { name: 'connection', summary: { es: 'Nombre de la conexión', en: 'The name of the queue connection to work' } },
    ],
    options,
    async run(input, terminal) {
      const workerOptions = readOptions(input)
      await using program = await host.open()
      const { queue } = program
      checkConnection(queue, input.arguments[0])
      const worker = queue.worker({ ...workerOptions, queues: readQueues(input) ?? [queue.defaultQueue] })
      return await work({ queue, worker, input, terminal })
    },
  }
}

const options = {
  queue: { kind: 'text', summary: { es: 'Colas, en orden de prioridad', en: 'The names of the queues to work' } },
  once: {
    kind: 'flag',
    summary: { es: 'Procesa un solo trabajo y termina', en: 'Only process the next job on the queue' },
  },
  'stop-when-empty': {
    kind: 'flag',
    summary: { es: 'Termina cuando la cola está vacía', en: 'Stop when the queue is empty' },
  },
  concurrency: {
    kind: 'number',
    default: 1,
    min: 1,
    max: 1_000,
    summary: {
      es: 'Trabajos que corren a la vez en este proceso',
      en: 'Number of jobs that run at the same time in this process',
    },
  },
  tries: {
    kind: 'number',
    default: 1,
    max: 255,
    summary: {
      es: 'Intentos antes de dar un trabajo por fallido; 0 sin límite',
      en: 'Number of times to attempt a job before logging it failed',
    },
  },
  timeout: {
    kind: 'number',
    default: 60,
    max: 86_400,
    summary: { es: 'Segundos que puede durar un trabajo; 0 sin límite', en: 'The number of seconds a job can run' },
  },
  backoff: {
    kind: 'text',
    default: '0',
    summary: {
      es: 'Segundos antes de reintentar; una lista (1,5,10) da uno por intento',
      en: 'The number of seconds to wait before retrying a job that encountered an uncaught exception',
    },
  },
  sleep: {
    kind: 'number',
    default: 3,
    max: 3_600,
    fractions: true,
    summary: {
      es: 'Segundos de espera cuando no hay trabajos',
      en: 'Number of seconds to sleep when no job is available',
    },
  },
  rest: {
    kind: 'number',
    default: 0,
    max: 3_600,
    fractions: true,
    summary: { es: 'Segundos de descanso entre trabajos', en: 'Number of seconds to rest between jobs' },
  },
  'max-jobs': {
    kind: 'number',
    default: 0,
    summary: { es: 'Termina después de tantos trabajos', en: 'The number of jobs to process before stopping' },
  },
  'max-time': {
    kind: 'number',
    default: 0,
    summary: { es: 'Termina después de tantos segundos', en: 'The maximum number of seconds the worker should run' },
  },
  memory: {
    kind: 'number',
    default: 128,
    max: 1_000_000,
    summary: { es: 'Límite de memoria en megabytes; al pasarlo termina con 12', en: 'The memory limit in megabytes' },
  },
  verbose: {
    kind: 'flag',
    short: 'v',
    summary: { es: 'Muestra id, conexión y cola de cada trabajo', en: 'Show id, connection and queue of each job' },
  },
} as const

function readOptions(input: CommandInput): WorkerOptions {
  return {
    once: input.flag('once'),
    stopWhenEmpty: input.flag('stop-when-empty'),
    backoff: readBackoff(input.text('backoff') ?? '0'),
    ...Object.fromEntries(
      (
        [
          ['concurrency', 'concurrency'],
          ['tries', 'tries'],
          ['timeout', 'timeout'],
          ['sleep', 'sleep'],
          ['rest', 'rest'],
          ['maxJobs', 'max-jobs'],
          ['maxTime', 'max-time'],
          ['memory', 'memory'],
        ] as const
      ).map(([name, option]) => [name, input.number(option)]),
    ),
  }
}

function readBackoff(text: string): readonly number[] {
  const seconds = text.split(',').map((part) => (/^\d{1,5}$/.test(part.trim()) ? Number(part) : Number.NaN))
  if (seconds.some((value) => !(value <= 86_400))) {
    throw new UsageError({
      es: `--backoff=${text} no sirve: escriba segundos de 0 a 86400, o una lista como 1,5,10.`,
      en: `--backoff=${text} cannot be used: give seconds from 0 to 86400, or a list such as 1,5,10.`,
    })
  }
  return seconds
}

interface Work {
  readonly queue: Queue
  readonly worker: Worker
  readonly input: CommandInput
  readonly terminal: Terminal
}

async function work({ queue, worker, input, terminal }: Work): Promise<number> {
  const queues = input.text('queue') ?? queue.defaultQueue
  if (terminal.isInteractive) writeInfo(terminal, processing(queues)[terminal.locale])
  const stopPrinting = printAttempts(queue, terminal, input.flag('verbose'))
  const stopListening = stopOnSignals(worker)
  try {
    const result = await worker.run()
    return result.exitCode
  } finally {
    stopPrinting()
    stopListening()
  }
}

function processing(queues: string): { readonly es: string; readonly en: string } {
  const isOne = !queues.includes(',')
  return {
    es: `Procesando los trabajos de ${isOne ? 'la cola' : 'las colas'} [${queues}].`,
    en: `Processing jobs from the [${queues}] ${isOne ? 'queue' : 'queues'}.`,
  }
}

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const

/** The first signal lets the current job end; the second one stops at once. A parent that is gone counts as the first. */
function stopOnSignals(worker: Worker): () => void {
  let signals = 0
  const listener = () => {
    signals += 1
    if (signals === 1) worker.stop()
    else worker.stopNow()
  }
  for (const signal of stopSignals) if (constants.signals[signal]) process.on(signal, listener)
  process.once('disconnect', listener)
  // The parent may be gone before we came so far.
  if (process.connected === false) listener()
  return () => {
    for (const signal of stopSignals) process.off(signal, listener)
    process.off('disconnect', listener)
  }
}
