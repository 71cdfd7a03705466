import type { WorkerOptions } from '../worker/worker-options.ts'
import { type CommandInput, type CommandOption, UsageError } from './command.ts'

/** The options that `queue:work` and `queue:listen` share, with Laravel's names, defaults and texts. */
export const sharedOptions = {
  name: {
    kind: 'text',
    default: 'default',
    summary: {
      es: 'Nombre del proceso; los del mismo nombre y las mismas colas cuentan juntos',
      en: 'The name of the worker',
    },
  },
  delay: {
    kind: 'number',
    default: 0,
    max: 86_400,
    summary: {
      es: 'Otro nombre de --backoff, en desuso; vale el mayor',
      en: 'The number of seconds to delay failed jobs (Deprecated)',
    },
  },
  backoff: {
    kind: 'text',
    default: '0',
    summary: {
      es: 'Segundos antes de reintentar; una lista (1,5,10) da uno por intento',
      en: 'The number of seconds to wait before retrying a job that encountered an uncaught exception',
    },
  },
  force: {
    kind: 'flag',
    summary: {
      es: 'Se acepta, como en Laravel: aquí no hay modo de mantenimiento',
      en: 'Force the worker to run even in maintenance mode',
    },
  },
  memory: {
    kind: 'number',
    default: 128,
    max: 1_000_000,
    summary: { es: 'Límite de memoria en megabytes; al pasarlo termina con 12', en: 'The memory limit in megabytes' },
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
  tries: {
    kind: 'number',
    default: 1,
    max: 255,
    summary: {
      es: 'Intentos antes de dar un trabajo por fallido; 0 sin límite',
      en: 'Number of times to attempt a job before logging it failed',
    },
  },
} as const satisfies Readonly<Record<string, CommandOption>>

const { name, delay, backoff, force, memory, sleep, rest, tries } = sharedOptions

/** In the order in which Laravel's help lists them; ours stand among them where they belong. */
export const workOptions = {
  name,
  queue: { kind: 'text', summary: { es: 'Colas, en orden de prioridad', en: 'The names of the queues to work' } },
  daemon: {
    kind: 'flag',
    summary: {
      es: 'Se acepta, como en Laravel: siempre sigue hasta que algo lo termina',
      en: 'Run the worker in daemon mode (Deprecated)',
    },
  },
  once: {
    kind: 'flag',
    summary: { es: 'Procesa un solo trabajo y termina', en: 'Only process the next job on the queue' },
  },
  'stop-when-empty': {
    kind: 'flag',
    summary: { es: 'Termina cuando la cola está vacía', en: 'Stop when the queue is empty' },
  },
  'stop-when-empty-for': {
    kind: 'number',
    default: 0,
    summary: {
      es: 'Termina cuando no hubo trabajos durante tantos segundos',
      en: 'Stop when the queue has been empty for the given number of seconds',
    },
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
  'max-workers': {
    kind: 'number',
    default: 1,
    min: 1,
    max: 64,
    summary: {
      es: 'Procesos que trabajan; con --stop-when-empty, los que hay a la vez en total',
      en: 'Number of processes that work; with --stop-when-empty, of all that are alive at a time',
    },
  },
  delay,
  backoff,
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
  force,
  memory,
  sleep,
  rest,
  timeout: {
    kind: 'number',
    default: 60,
    max: 86_400,
    summary: { es: 'Segundos que puede durar un trabajo; 0 sin límite', en: 'The number of seconds a job can run' },
  },
  tries,
  json: {
    kind: 'flag',
    summary: { es: 'Escribe una línea de JSON por suceso', en: 'Output the queue worker information as JSON' },
  },
} as const satisfies Readonly<Record<string, CommandOption>>

export function readWorkerOptions(input: CommandInput): WorkerOptions {
  return {
    once: input.flag('once'),
    stopWhenEmpty: input.flag('stop-when-empty'),
    backoff: readBackoff(input),
    ...Object.fromEntries(
      (
        [
          ['stopWhenEmptyFor', 'stop-when-empty-for'],
          ['concurrency', 'concurrency'],
          ['tries', 'tries'],
          ['timeout', 'timeout'],
          ['sleep', 'sleep'],
          ['rest', 'rest'],
          ['maxJobs', 'max-jobs'],
          ['maxTime', 'max-time'],
          ['memory', 'memory'],
        ] as const
      ).map(([option, word]) => [option, input.number(word)]),
    ),
  }
}

/** Seconds, one per try; `--delay` is what the shortest may be. */
export function readBackoff(input: CommandInput): readonly number[] {
  const text = input.text('backoff') ?? '0'
  const seconds = text.split(',').map((part) => (/^\d{1,5}$/.test(part.trim()) ? Number(part) : Number.NaN))
  if (seconds.some((value) => !(value <= 86_400))) {
    throw new UsageError({
      es: `--backoff=${text} no sirve: escriba segundos de 0 a 86400, o una lista como 1,5,10.`,
      en: `--backoff=${text} cannot be used: give seconds from 0 to 86400, or a list such as 1,5,10.`,
    })
  }
  return seconds.map((value) => Math.max(value, input.number('delay') ?? 0))
}
