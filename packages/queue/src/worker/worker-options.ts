import { InvalidOptionError } from '../errors.ts'
import { checkQueueName } from '../queue-name.ts'

/** Laravel's options of `queue:work`, with its defaults. Times in seconds; 0 means without limit. */
export interface WorkerOptions {
  /** In strict order of priority, a hundred at the most. Default `['default']`. */
  readonly queues?: readonly string[]
  /** Runs one job, or waits `sleep` once for none. */
  readonly once?: boolean
  readonly stopWhenEmpty?: boolean
  /** Ends when no job was there for so many seconds. Default 0: never. */
  readonly stopWhenEmptyFor?: number
  /** Jobs that run at the same time in this process. Default 1. */
  readonly concurrency?: number
  /** Default 1. */
  readonly tries?: number
  /** Default 60. */
  readonly timeout?: number
  /** Default none; a list gives one per try. */
  readonly backoff?: readonly number[]
  /** Between two looks at a queue that stays empty; soon after there was work it is less. Default 3. */
  readonly sleep?: number
  /** Between two jobs. Default 0. */
  readonly rest?: number
  readonly maxJobs?: number
  readonly maxTime?: number
  /** Megabytes of JavaScript memory after which the worker ends. Default 128. */
  readonly memory?: number
}

const defaultOptions: Required<WorkerOptions> = {
  queues: ['default'],
  once: false,
  stopWhenEmpty: false,
  stopWhenEmptyFor: 0,
  concurrency: 1,
  tries: 1,
  timeout: 60,
  backoff: [],
  sleep: 3,
  rest: 0,
  maxJobs: 0,
  maxTime: 0,
  memory: 128,
}

function definedOnly(options: WorkerOptions): WorkerOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

export const maxQueues = 100

/** Timers beyond 2^31 ms fire at once, and nobody means more than an hour between two looks. */
const optionLimits = [
  ['timeout', 0, 86_400],
  ['sleep', 0, 3_600],
  ['rest', 0, 3_600],
  ['stopWhenEmptyFor', 0, 1e9],
  ['maxJobs', 0, 1e9],
  ['maxTime', 0, 1e9],
  ['memory', 0, 1e6],
] as const

/** With what is not given by default; throws `InvalidOptionError`. */
export function checkOptions(given: WorkerOptions): Required<WorkerOptions> {
  const options = { ...defaultOptions, ...definedOnly(given) }
  for (const [option, min, max] of optionLimits) checkNumber(option, options[option], [min, max])
  for (const seconds of options.backoff) checkWhole('backoff', seconds, [0, 86_400])
  checkWhole('tries', options.tries, [0, 255])
  checkWhole('concurrency', options.concurrency, [1, 1_000])
  checkWhole('the number of backoffs', options.backoff.length, [0, 255])
  // Each is a question to the database at every look.
  checkWhole('the number of queues', options.queues.length, [1, maxQueues])
  for (const queue of options.queues) checkQueueName(queue)
  return options
}

type Range = readonly [min: number, max: number]

function checkNumber(option: string, value: unknown, [min, max]: Range): void {
  if (typeof value === 'number' && value >= min && value <= max) return
  throw new InvalidOptionError(option, value, `a number from ${min} to ${max}`)
}

function checkWhole(option: string, value: unknown, [min, max]: Range): void {
  if (Number.isInteger(value)) checkNumber(option, value, [min, max])
  else throw new InvalidOptionError(option, value, `a whole number from ${min} to ${max}`)
}
