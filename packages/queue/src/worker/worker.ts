import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { Attempt } from '../attempt/attempt.ts'
import { type AttemptSettings, attemptSettings } from '../attempt/attempt-settings.ts'
import { WorkerStoppedError } from '../attempt/outcome.ts'
import { type EndedAttempt, recordLateFailure, settleOutcome } from '../attempt/settle-outcome.ts'
import { type ClaimedJob, keyOf, type Reservation, type Waiting, type Watch } from '../connection.ts'
import { LeaseLostError } from '../errors.ts'
import { releaseLock } from '../locks/unique-lock.ts'
import type { QueueRuntime, Taker } from '../runtime.ts'
import type { WorkRecord } from '../work-record.ts'
import type { CompletedAttempt } from './completed-jobs.ts'
import { DatabaseClock } from './database-clock.ts'
import { Idling } from './idling.ts'
import { Leases } from './lease.ts'
import { Orders } from './orders.ts'
import { Pace } from './pace.ts'
import { Quarantine } from './quarantine.ts'
import { exitCodeOf, type StopReason } from './stop-reason.ts'
import { Supply } from './supply.ts'
import { WorkerLimits } from './worker-limits.ts'
import { checkOptions, type WorkerOptions } from './worker-options.ts'

export interface WorkerResult {
  readonly reason: StopReason
  /** Attempts that ended here, whatever became of their jobs: `stopNow` gives them back, and they count too. */
  readonly processed: number
  /** 0; 12 for memory; 1 after what is no orderly end. */
  readonly exitCode: number
}

/** A database that does not answer for so long is somebody's business: the worker ends with an error. */
const giveUpAfterMs = 5 * 60_000
/** So long the others may take to end, after a job threw what nobody could catch. */
const crashGraceMs = 30_000
/** So many jobs run, or so much time passes, before timers and signals get their turn. */
const turnAfterJobs = 16
const turnAfterMs = 5

/**
 * Keeps its runners busy: each takes a claimed job, runs it and takes the next, until something tells the worker to stop.
 * Claiming ahead and acknowledging in groups is the supply's; what is decided here is when to look again and when to stop.
 */
export class Worker {
  readonly #runtime: QueueRuntime
  readonly #options: Required<WorkerOptions>
  readonly #pace = new Pace()
  readonly #leases: Leases
  readonly #supply: Supply
  readonly #orders: Orders
  readonly #clock: DatabaseClock
  readonly #record: WorkRecord | undefined
  readonly #running = new Set<Attempt>()
  readonly #quarantine = new Quarantine()
  /** Writes that no runner waits for: locks of completed jobs, the failure of one that threw after its end. */
  readonly #lastWrites = new Set<Promise<void>>()
  readonly #end = Promise.withResolvers<StopReason>()
  readonly #ending = new AbortController()
  readonly #limits: WorkerLimits
  readonly #idling: Idling
  readonly #attemptSettings: AttemptSettings
  #watch: Watch | undefined
  #isPaused = false
  #busyAt = performance.now()
  #turnAt = performance.now()
  #jobsInTurn = 0
  #processed = 0

  constructor(runtime: QueueRuntime, options: WorkerOptions = {}, record?: WorkRecord) {
    this.#runtime = runtime
    this.#options = checkOptions(options)
    this.#limits = new WorkerLimits(this.#options)
    this.#record = record
    this.#leases = new Leases(runtime.connection, (reservation) => this.#lose(reservation), record)
    this.#orders = new Orders({
      shared: runtime.connection.shared,
      keys: runtime.cacheKeys,
      connectionName: runtime.connection.name,
      queues: this.#options.queues,
      isBusy: () => performance.now() - this.#busyAt < 2_000,
      onRestart: () => this.#endWith('restart_signal'),
      onChange: (queue, isPaused) => this.#hasChanged(queue, isPaused),
      onError: (error) => runtime.events.emit('workerError', { error }),
    })
    this.#clock = new DatabaseClock(runtime.connection, (error) => runtime.events.emit('workerError', { error }))
    this.#supply = new Supply({
      connection: runtime.connection,
      waiting: () => this.#waiting,
      leases: this.#leases,
      pace: this.#pace,
      limit: this.#limits.jobs,
      // What dies with this worker has cost a try in the eyes of whoever else works the queue.
      claimsAhead: this.#options.rest === 0 && runtime.knownJobs === undefined,
      onAcknowledged: (ended, wasCurrent) => this.#announce(ended, wasCurrent),
      onDry: () => void this.#idle(),
      onError: (error, failingForMs) => this.#hasFailed(error, failingForMs),
    })
    this.#idling = new Idling({
      sleepMs: this.#options.sleep * 1000,
      first: this.#options.once ? () => this.#endOnce() : undefined,
      mayGoOn: () => this.#mayGoOn(),
      onVainPause: () => this.#endAtLimit(),
      untilDueMs: () => this.#untilDueMs(),
      idleForMs: () => (this.#watch?.isLive ? Number.POSITIVE_INFINITY : performance.now() - this.#busyAt),
      untilLimitMs: () => Math.min(this.#limits.untilMaxTimeMs, this.#untilEmptyForMs),
    })
    const { tries, timeout, backoff } = this.#options
    this.#attemptSettings = attemptSettings(runtime, {
      defaults: { tries, timeout, backoff },
      now: () => this.#clock.now(),
      renew: (job) => this.#leases.renew(job),
      record,
    })
  }

  /** Resolves when the worker has stopped; rejects when the database did not answer for five minutes. */
  async run(): Promise<WorkerResult> {
    const ended = Promise.withResolvers<void>()
    const taker: Taker = {
      expect: (queue) => (this.#isWorking(queue) ? this.#supply.expect() : undefined),
      end: () => {
        this.stop()
        return ended.promise
      },
    }
    this.#runtime.takers.add(taker)
    await Promise.all([this.#orders.start(), this.#clock.start()])
    this.#watch = this.#runtime.connection.watch(this.#options.queues, () => this.#wakeUp())
    try {
      const runners = Array.from({ length: this.#options.concurrency }, () => this.#runJobs())
      const reason = await this.#end.promise.finally(() => this.#finish(runners))
      this.#runtime.events.emit('workerStopping', { reason, processed: this.#processed })
      return { reason, processed: this.#processed, exitCode: exitCodeOf(reason) }
    } finally {
      this.#runtime.takers.delete(taker)
      await this.#watch[Symbol.asyncDispose]()
      this.#orders[Symbol.dispose]()
      this.#clock[Symbol.dispose]()
      this.#leases[Symbol.dispose]()
      ended.resolve()
    }
  }

  /** Lets the current jobs end, then stops. */
  stop(): void {
    this.#endWith('interrupted')
  }

  /** Aborts the signals of the current jobs; they go back to their queue, and it was no try. */
  stopNow(): void {
    this.stop()
    for (const attempt of this.#running) attempt.abort(new WorkerStoppedError())
  }

  /** Takes no more jobs until `resume`; what runs goes on. */
  pause(): void {
    this.#isPaused = true
    this.#supply.giveBackHeld()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#wakeUp()
  }

  /**
   * The code of a job threw where nobody could catch it. The job ends with that error, also when it had returned already;
   * the others end, and then the worker: what became of the process nobody knows.
   */
  async crash(error: unknown, culprit?: ClaimedJob): Promise<void> {
    this.#endWith('crashed')
    setTimeout(() => this.stopNow(), crashGraceMs).unref()
    if (culprit) await this.#beforeTheEnd(this.#blame(culprit, error))
    else this.#runtime.events.emit('workerError', { error })
  }

  async #blame(job: ClaimedJob, error: unknown): Promise<void> {
    const running = this.#running.values().find((attempt) => keyOf(attempt.job) === keyOf(job))
    if (running) return running.giveUp(error)
    const ended = this.#supply.takeBack(job)
    const attempt = new Attempt(job, this.#attemptSettings)
    if (!ended) return recordLateFailure(this.#runtime, { job, info: attempt.info, error, record: this.#record })
    const judged = await attempt.judge(error)
    await this.#settle({ ...judged, job, info: ended.info, durationMs: ended.durationMs })
  }

  #isWorking(queue: string): boolean {
    return !this.#isEnding && !this.#isPaused && this.#orders.queues.includes(queue)
  }

  get #waiting(): Waiting {
    const { knownJobs, left } = this.#runtime
    return {
      queues: this.#isPaused ? [] : this.#orders.queues,
      ...(knownJobs && { containing: knownJobs, except: [...left] }),
    }
  }

  /** Nothing runs, nothing that was claimed waits, and no look is under way: a job that ended just now may be due again. */
  get #isQuiet(): boolean {
    return this.#supply.isEmpty && this.#supply.isDry && this.#supply.handedOut === this.#processed
  }

  get #isEnding(): boolean {
    return this.#ending.signal.aborted
  }

  /** Nothing more is taken from now on. */
  #endWith(reason: StopReason): void {
    this.#ending.abort()
    this.#end.resolve(reason)
    this.#idling.wakeUp()
  }

  async #finish(runners: readonly Promise<void>[]): Promise<void> {
    await this.#supply.close()
    await Promise.all(runners)
    await this.#supply.flush()
    while (this.#lastWrites.size > 0) await Promise.all(this.#lastWrites)
  }

  /** One runner: a job after the other. */
  async #runJobs(): Promise<void> {
    for (;;) {
      const next = this.#isEnding ? undefined : this.#supply.next()
      // Most jobs are short, and many wait: what is there already is not awaited.
      const job = next instanceof Promise ? await next : next
      if (!job) return
      const admission = this.#quarantine.admit(job.crashes > 0)
      const isStuck = await (admission ? this.#processLater(admission, job) : this.#process(job))
      await this.#afterJob(isStuck)
    }
  }

  /** What to wait for before the next job: mostly nothing. */
  #afterJob(isStuck: boolean): Promise<void> | undefined {
    const reason = isStuck ? 'timed_out' : this.#limits.reached(this.#processed)
    if (reason) this.#endWith(reason)
    // The others run elsewhere in a moment, and what goes on here is ended.
    if (isStuck && this.#record) this.stopNow()
    if (reason) return undefined
    if (this.#options.rest > 0) return this.#rest(this.#options.rest).then(() => this.#lookAgain())
    this.#lookAgain()
    return this.#isTurnOver ? this.#nextTurn() : undefined
  }

  #lookAgain(): void {
    // A runner is free: the last look may be long ago.
    if (this.#supply.isEmpty) this.#supply.look()
    this.#idling.chooseAgain()
  }

  get #isTurnOver(): boolean {
    return this.#jobsInTurn >= turnAfterJobs || this.#busyAt - this.#turnAt >= turnAfterMs
  }

  /** An embedded database answers on this thread: without this, signals and timers wait while jobs wait. */
  async #nextTurn(): Promise<void> {
    await nextTurn()
    this.#jobsInTurn = 0
    this.#turnAt = performance.now()
  }

  /** When others have ended, unless the worker is told to stop before, or the job is another's meanwhile. */
  async #processLater(admission: Promise<void>, job: ClaimedJob): Promise<boolean> {
    await admission
    if (!this.#isEnding && this.#leases.isAlive(job)) return this.#process(job)
    this.#quarantine.hasEnded(job.crashes > 0)
    await this.#supply.forgo(job)
    return false
  }

  async #process(job: ClaimedJob): Promise<boolean> {
    const attempt = new Attempt(job, this.#attemptSettings)
    const { info } = attempt
    this.#running.add(attempt)
    this.#runtime.events.emit('jobProcessing', info)
    const startedAt = performance.now()
    this.#pace.start(startedAt)
    const { outcome, isStuck, uniqueKey, followUp } = await attempt.run()
    const endedAt = performance.now()
    this.#pace.end(endedAt)
    const durationMs = endedAt - startedAt
    if (outcome.kind === 'completed' && !followUp) this.#supply.complete({ job, info, durationMs, uniqueKey })
    else await this.#settle({ job, info, outcome, durationMs, uniqueKey, followUp })
    this.#running.delete(attempt)
    this.#quarantine.hasEnded(job.crashes > 0)
    this.#busyAt = endedAt
    this.#jobsInTurn += 1
    this.#idling.hadWork()
    this.#processed += 1
    return isStuck
  }

  async #settle(ended: EndedAttempt): Promise<void> {
    if (ended.outcome.kind === 'unstarted') this.#leases.letGo([ended.job])
    await settleOutcome(this.#runtime, { ...ended, record: this.#record })
    this.#leases.drop(ended.job)
  }

  #announce({ info, durationMs, uniqueKey }: CompletedAttempt, wasCurrent: boolean): void {
    if (wasCurrent && uniqueKey !== undefined) this.#free(uniqueKey)
    this.#runtime.events.emit(wasCurrent ? 'jobProcessed' : 'leaseLost', { ...info, durationMs })
  }

  #free(uniqueKey: string): void {
    void this.#beforeTheEnd(releaseLock(this.#runtime, uniqueKey))
  }

  #beforeTheEnd(write: Promise<void>): Promise<void> {
    const tracked: Promise<void> = write.finally(() => this.#lastWrites.delete(tracked))
    this.#lastWrites.add(tracked)
    return tracked
  }

  #lose(reservation: Reservation): void {
    const attempt = this.#running.values().find(({ job }) => keyOf(job) === keyOf(reservation))
    if (attempt) attempt.abort(new LeaseLostError(attempt.info.name))
    else this.#supply.drop(reservation)
  }

  #hasFailed(error: unknown, failingForMs: number): void {
    this.#runtime.events.emit('workerError', { error })
    this.#endAtLimit()
    if (failingForMs > giveUpAfterMs) {
      this.#ending.abort()
      this.#end.reject(error)
    } else if (this.#options.once && this.#supply.handedOut === 0) {
      void this.#rest(this.#options.sleep).then(() => this.#endWith('lost_connection'))
    }
  }

  /** The queue is empty. */
  async #idle(): Promise<void> {
    if (this.#idling.isIdle) return this.#idleOn()
    await this.#idling.untilWork()
    if (!this.#isEnding) this.#supply.look()
  }

  #idleOn(): void {
    // The last job may have ended after the look that found nothing.
    if (this.#options.stopWhenEmpty) this.#wakeUp()
    // The pause under way was chosen when the queue was not known to be empty.
    else if (this.#options.stopWhenEmptyFor > 0) this.#idling.chooseAgain()
  }

  async #endOnce(): Promise<void> {
    await this.#rest(this.#options.sleep)
    this.#endWith('once')
  }

  #mayGoOn(): boolean {
    if (this.#options.stopWhenEmpty && this.#isQuiet && !this.#isPaused) this.#endWith('empty')
    if (this.#untilEmptyForMs <= 0) this.#endWith('empty_for')
    return !this.#isEnding
  }

  #endAtLimit(): void {
    const reason = this.#limits.reached(this.#processed)
    if (reason) this.#endWith(reason)
  }

  async #untilDueMs(): Promise<number> {
    const waiting = this.#waiting
    if (waiting.queues.length === 0) return Number.POSITIVE_INFINITY
    try {
      const seconds = await this.#runtime.connection.nextDue(waiting)
      return (seconds ?? Number.POSITIVE_INFINITY) * 1000
    } catch {
      // The look that follows meets the same trouble, and tells of it.
      return 0
    }
  }

  #hasChanged(queue: string, isPaused: boolean): void {
    this.#runtime.events.emit(isPaused ? 'queuePaused' : 'queueResumed', { queue })
    if (!isPaused) this.#wakeUp()
  }

  /** Nobody but the end of the worker cuts it short. */
  async #rest(seconds: number): Promise<void> {
    await wait(seconds * 1000, undefined, { signal: this.#ending.signal }).catch(() => undefined)
  }

  /** What is left of `stopWhenEmptyFor`; it counts while nothing runs. */
  get #untilEmptyForMs(): number {
    const { stopWhenEmptyFor } = this.#options
    if (stopWhenEmptyFor === 0 || !this.#isQuiet || this.#isPaused) return Number.POSITIVE_INFINITY
    return stopWhenEmptyFor * 1000 - (performance.now() - this.#busyAt)
  }

  #wakeUp(): void {
    if (!this.#idling.wakeUp() && !this.#isEnding) this.#supply.look()
  }
}
