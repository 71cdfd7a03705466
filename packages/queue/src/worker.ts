import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { type AttemptDefaults, type AttemptResult, runAttempt, WorkerStoppedError } from './attempt.ts'
import type { ClaimedJob } from './connection.ts'
import { InvalidOptionError } from './errors.ts'
import type { AttemptInfo } from './events.ts'
import { describePayload } from './laravel/payload.ts'
import type { QueueRuntime } from './runtime.ts'
import { settleOutcome } from './settle-outcome.ts'

/** Laravel's options of `queue:work`, with its defaults. Times in seconds; 0 means without limit. */
export interface WorkerOptions {
  /** In strict order of priority. Default `['default']`. */
  readonly queues?: readonly string[]
  /** Runs one job, or waits `sleep` once for none. */
  readonly once?: boolean
  readonly stopWhenEmpty?: boolean
  /** Default 1. */
  readonly tries?: number
  /** Default 60. */
  readonly timeout?: number
  /** Default none; a list gives one per try. */
  readonly backoff?: readonly number[]
  /** Between two looks at an empty queue. Default 3. */
  readonly sleep?: number
  /** Between two jobs. Default 0. */
  readonly rest?: number
  readonly maxJobs?: number
  readonly maxTime?: number
  /** Megabytes of JavaScript memory after which the worker ends. Default 128. */
  readonly memory?: number
}

export type StopReason =
  | 'lost_connection'
  | 'once'
  | 'empty'
  | 'max_jobs'
  | 'max_time'
  | 'memory'
  | 'interrupted'
  | 'timed_out'

export interface WorkerResult {
  readonly reason: StopReason
  readonly processed: number
  /** 0; 12 for memory; 1 when a handler ignored its timeout and still runs, or when the database could not be asked. */
  readonly exitCode: number
}

/** `unknown` when the database could not be asked: the queue may or may not be empty. */
type Found = ClaimedJob | 'empty' | 'unknown'

const exitCodes: Partial<Record<StopReason, number>> = { memory: 12, timed_out: 1, lost_connection: 1 }
/** A database that does not answer for so long is somebody's business: the worker ends with an error. */
const giveUpAfterMs = 5 * 60_000

/** Claims jobs one after the other, runs them and records how they ended, until something tells it to stop. */
export class Worker {
  readonly #runtime: QueueRuntime
  readonly #options: Required<WorkerOptions>
  readonly #stopNow = new AbortController()
  readonly #stop = new AbortController()
  readonly #startedAt = performance.now()
  #wake = new AbortController()
  #processed = 0
  #failingSince: number | undefined

  constructor(runtime: QueueRuntime, options: WorkerOptions = {}) {
    this.#runtime = runtime
    this.#options = { ...defaultOptions, ...definedOnly(options) }
    checkOptions(this.#options)
  }

  /** Resolves when the worker has stopped; rejects when the database did not answer for five minutes. */
  async run(): Promise<WorkerResult> {
    const stopListening = this.#runtime.events.on('jobQueued', () => this.#wakeUp())
    try {
      const reason = await this.#work()
      this.#runtime.events.emit('workerStopping', { reason, processed: this.#processed })
      return { reason, processed: this.#processed, exitCode: exitCodes[reason] ?? 0 }
    } finally {
      stopListening()
    }
  }

  /** Lets the current job end, then stops. */
  stop(): void {
    this.#stop.abort()
  }

  /** Aborts the current job's signal; the job goes back to its queue. */
  stopNow(): void {
    this.stop()
    this.#stopNow.abort(new WorkerStoppedError())
  }

  async #work(): Promise<StopReason> {
    for (;;) {
      // An embedded database answers on this thread: without this, signals and timers wait while jobs wait.
      await nextTurn()
      const reason = this.#stop.signal.aborted ? 'interrupted' : await this.#round()
      if (reason) return reason
    }
  }

  /** Looks for a job, runs it, and rests; answers why to stop. */
  async #round(): Promise<StopReason | undefined> {
    // Before the look: who dispatches while we look must not find us asleep afterwards.
    this.#wake = new AbortController()
    const found = await this.#claim()
    const isJob = typeof found === 'object'
    const isStuck = isJob && (await this.#process(found))
    const reason = isStuck ? 'timed_out' : this.#reasonToStop(found)
    if (reason) return reason
    await this.#pause(isJob ? this.#options.rest : this.#options.sleep)
    if (!this.#options.once) return undefined
    return found === 'unknown' ? 'lost_connection' : 'once'
  }

  async #claim(): Promise<Found> {
    try {
      const [job] = await this.#runtime.connection.claim({ queues: this.#options.queues, limit: 1 })
      this.#failingSince = undefined
      return job ?? 'empty'
    } catch (error) {
      this.#failingSince ??= performance.now()
      if (performance.now() - this.#failingSince > giveUpAfterMs) throw error
      this.#runtime.events.emit('workerError', { error })
      return 'unknown'
    }
  }

  async #process(job: ClaimedJob): Promise<boolean> {
    const info = this.#describe(job)
    const startedAt = performance.now()
    this.#runtime.events.emit('jobProcessing', info)
    const result: AttemptResult = await runAttempt(job, {
      connection: this.#runtime.connection,
      jobs: this.#runtime.jobs,
      defaults: this.#attemptDefaults(),
      stopSignal: this.#stopNow.signal,
    })
    await settleOutcome(this.#runtime, { job, info, outcome: result.outcome, startedAt })
    this.#processed += 1
    return result.isStuck
  }

  #attemptDefaults(): AttemptDefaults {
    return { tries: this.#options.tries, timeout: this.#options.timeout, backoff: this.#options.backoff }
  }

  #describe(job: ClaimedJob): AttemptInfo {
    const { uuid, name } = describePayload(job.payload)
    const { id, queue, attempts } = job
    return { id, uuid: uuid ?? '', name, connection: this.#runtime.connection.name, queue, attempt: attempts }
  }

  /** Laravel's order: memory, emptiness, time, number of jobs. */
  #reasonToStop(found: Found): StopReason | undefined {
    const { once, stopWhenEmpty, memory, maxTime, maxJobs } = this.#options
    const reasons: readonly (readonly [StopReason, boolean])[] = [
      ['interrupted', this.#stop.signal.aborted],
      ['once', once && typeof found === 'object'],
      ['memory', memory > 0 && usedMegabytes() >= memory],
      ['empty', stopWhenEmpty && found === 'empty'],
      ['max_time', maxTime > 0 && performance.now() - this.#startedAt >= maxTime * 1000],
      ['max_jobs', maxJobs > 0 && this.#processed >= maxJobs],
    ]
    return reasons.find(([, applies]) => applies)?.[0]
  }

  async #pause(seconds: number): Promise<void> {
    if (seconds === 0) return
    // Spread by a quarter either way, so that workers do not ask in step.
    const signal = AbortSignal.any([this.#wake.signal, this.#stop.signal])
    await wait(seconds * (750 + Math.random() * 500), undefined, { signal }).catch(() => undefined)
  }

  #wakeUp(): void {
    this.#wake.abort()
  }
}

const defaultOptions: Required<WorkerOptions> = {
  queues: ['default'],
  once: false,
  stopWhenEmpty: false,
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

/** Timers beyond 2^31 ms fire at once, and nobody means more than an hour between two looks. */
const optionLimits = [
  ['tries', 255],
  ['timeout', 86_400],
  ['sleep', 3_600],
  ['rest', 3_600],
  ['maxJobs', 1e9],
  ['maxTime', 1e9],
  ['memory', 1e6],
] as const

function checkOptions(options: Required<WorkerOptions>): void {
  for (const [option, max] of optionLimits) {
    const value = options[option]
    if (!Number.isFinite(value) || value < 0 || value > max) {
      throw new InvalidOptionError(option, value, `a number from 0 to ${max}`)
    }
  }
  if (options.queues.length === 0 || options.queues.includes('')) {
    throw new InvalidOptionError('queues', options.queues, 'at least one name, none of them empty')
  }
}

/** What PHP's memory limit means: the memory of the script, not the size of the process with its engine. */
function usedMegabytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1_048_576
}
