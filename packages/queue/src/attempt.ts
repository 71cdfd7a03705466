import { type AttemptLimits, isUsedUp, limitsOf } from './attempt-limits.ts'
import type { AttemptSettings } from './attempt-settings.ts'
import type { ClaimedJob, FollowUp } from './connection.ts'
import { MaxAttemptsExceededError, UnknownJobError } from './errors.ts'
import type { AttemptInfo } from './events.ts'
import { failedMemberOf, followUpOf } from './follow-up.ts'
import { type Ended, HandlerRun } from './handler-run.ts'
import type { AnyJobDefinition } from './job.ts'
import { describePayload, type Payload, readJobData, readPayload } from './laravel/payload.ts'
import { withDefaults } from './laravel/write-command.ts'
import { completed, type Outcome, outcomeOfError } from './outcome.ts'
import { overlapLock } from './overlap-lock.ts'
import { checkData } from './schema.ts'
import type { Lock } from './shared-store.ts'
import { uniqueKey } from './unique-lock.ts'

export type { AttemptSettings } from './attempt-settings.ts'
export { graceMs } from './handler-run.ts'
export { WorkerStoppedError } from './outcome.ts'

export interface AttemptResult {
  readonly outcome: Outcome
  /** True when the handler still runs although its signal was aborted: the process should end. */
  readonly isStuck: boolean
  /** The lock that the job holds until it has completed or failed. */
  readonly uniqueKey: string | undefined
  readonly followUp: FollowUp | undefined
}

/** A job that has ended its process so often fails, however many tries it has. */
const maxCrashes = 3

type Read = { readonly payload: Payload } | { readonly problem: unknown }

interface Prepared {
  readonly definition: AnyJobDefinition
  readonly limits: AttemptLimits
  readonly data: unknown
  /** Held while it runs, of a job that does not overlap. */
  readonly lock: Lock | undefined
}

/**
 * One run of one claimed job, as a pipeline: read the payload, find the handler, check the tries and the data, perform
 * under a deadline, decide. It writes nothing to the queue but what a handler asks for; the worker carries out the outcome.
 */
export class Attempt {
  readonly job: ClaimedJob
  readonly info: AttemptInfo
  readonly #settings: AttemptSettings
  readonly #read: Read
  readonly #handler: HandlerRun
  #uniqueKey: string | undefined
  /** Seconds until it is looked whether the job that runs with the same key has ended. */
  #waitsFor: number | undefined

  constructor(job: ClaimedJob, settings: AttemptSettings) {
    this.job = job
    this.#settings = settings
    this.#read = read(job.payload)
    const { uuid, name } = nameOf(this.#read, job.payload)
    const { id, queue } = job
    this.info = { id, uuid, name, connection: settings.connectionName, queue, attempt: this.#try }
    this.#handler = new HandlerRun(job, this.info, settings)
  }

  /** Never rejects. */
  async run(): Promise<AttemptResult> {
    let prepared: Prepared
    try {
      const preparing = this.#prepare()
      prepared = preparing instanceof Promise ? await preparing : preparing
    } catch (error) {
      if (error instanceof UnknownJobError && this.#settings.leavesUnknown)
        return this.#result({ kind: 'unstarted', delaySeconds: 0, reason: 'unknown' })
      return this.#fail(error)
    }
    if (prepared.definition.options.unique?.untilProcessing) await this.#freeLock()
    const { lock } = prepared
    const performing = lock ? this.#performAlone(prepared, lock) : this.#perform(prepared)
    const ended = performing instanceof Promise ? await performing : performing
    const { limits } = prepared
    const outcome = this.#outcomeOf(ended, limits)
    const counted = limits.maxExceptions > 0 ? await this.#afterCounting(outcome, limits) : outcome
    return this.#result(counted, ended === 'stuck')
  }

  /** What becomes of the job when its process, and not its handler, told how it ended. Never rejects. */
  async judge(error: unknown): Promise<AttemptResult> {
    try {
      const { limits, lock } = await this.#prepare()
      if (lock) await this.#settings.releaseLock(lock.key, lock.owner)
      const isLast = this.job.crashes >= maxCrashes
      const outcome = isLast ? ({ kind: 'failed', error } as const) : this.#decide(error, limits)
      return this.#result(limits.maxExceptions > 0 ? await this.#afterCounting(outcome, limits) : outcome)
    } catch {
      return this.#fail(error)
    }
  }

  /** The handler's signal is aborted with the reason, which also decides what becomes of the job. */
  abort(reason: unknown): void {
    this.#handler.abort(reason)
  }

  /** Ends the attempt with an error that the handler could not catch, whatever it still does. */
  giveUp(error: unknown): void {
    this.#handler.giveUp(error)
  }

  /** Claims that never started the handler, or died with their worker, are no tries. */
  get #try(): number {
    return Math.max(1, this.job.attempts - this.job.forgiven)
  }

  #prepare(): Prepared | Promise<Prepared> {
    if ('problem' in this.#read) throw this.#read.problem
    const { payload } = this.#read
    const definition = this.#settings.jobs.get(payload.job)
    if (!definition) throw new UnknownJobError(payload.displayName)
    const { encrypter, cacheKeys, defaults, now } = this.#settings
    const { data: own, command } = readJobData(payload, encrypter)
    const given = withDefaults(definition.options.php, own)
    this.#uniqueKey = uniqueKey(definition, given, cacheKeys)
    this.#handler.followUp = followUpOf(command, payload, this.#settings.followUp)
    const limits = limitsOf(payload, definition, defaults)
    if (this.job.isExhausted || isUsedUp(limits, this.#try - 1, now))
      throw new MaxAttemptsExceededError(payload.displayName)
    return definition.schema ? this.#checkData(definition, limits, given) : this.#withLock(definition, limits, given)
  }

  async #checkData(definition: AnyJobDefinition, limits: AttemptLimits, given: unknown): Promise<Prepared> {
    return this.#withLock(definition, limits, await checkData(definition, given))
  }

  #withLock(definition: AnyJobDefinition, limits: AttemptLimits, data: unknown): Prepared {
    // Of the job, not of the attempt: one that comes back after its worker died has its lock already.
    const lock = overlapLock({ definition, data }, { uuid: this.info.uuid, keys: this.#settings.cacheKeys })
    return { definition, limits, data, lock }
  }

  /** A job that cannot be run: another try would read the same payload. */
  #fail(error: unknown): AttemptResult {
    this.#handler.followUp ??= failedMemberOf(this.job.payload, this.info.uuid, this.#settings.encrypter)
    return this.#result({ kind: 'failed', error })
  }

  async #freeLock(): Promise<void> {
    if (this.#uniqueKey !== undefined) await this.#settings.releaseLock(this.#uniqueKey)
    this.#uniqueKey = undefined
  }

  /** Only while no other job with the same key runs. */
  async #performAlone(prepared: Prepared, lock: Lock): Promise<Ended> {
    const { isDropped, releaseAfter = 0 } = prepared.definition.options.withoutOverlapping ?? {}
    if (!(await this.#settings.acquireLock(lock))) {
      if (!isDropped) this.#waitsFor = Math.max(1, releaseAfter)
      return 'done'
    }
    const ended = await this.#perform(prepared)
    // A handler that goes on keeps its lock, which ends by itself; after a lost reservation it is the new holder's.
    if (ended !== 'stuck' && !this.#handler.hasLostLease) await this.#settings.releaseLock(lock.key, lock.owner)
    return ended
  }

  #perform({ definition, data, limits }: Prepared): Promise<Ended> | Ended {
    return this.#handler.start(definition, data, limits.timeout)
  }

  #outcomeOf(ended: Ended, limits: AttemptLimits): Outcome {
    const { hasCompleted, releasedFor } = this.#handler
    if (hasCompleted) return { kind: 'concluded', error: this.#handler.errorOf(ended) }
    if (ended !== 'done') return this.#decide(this.#handler.errorOf(ended), limits)
    if (this.#waitsFor !== undefined) return { kind: 'unstarted', delaySeconds: this.#waitsFor, reason: 'overlapping' }
    if (releasedFor === undefined) return completed
    return { kind: 'released', delaySeconds: releasedFor, reason: 'asked' }
  }

  #decide(error: unknown, limits: AttemptLimits): Outcome {
    const outcome = outcomeOfError(error, limits, { tries: this.#try, now: this.#settings.now })
    const { followUp } = this.#handler
    // As in Laravel, which cannot even unserialize a job whose model is gone: what follows it has nothing to go on.
    if (outcome.kind === 'completed') this.#handler.followUp = followUp?.batch && { batch: followUp.batch }
    return outcome
  }

  async #afterCounting(outcome: Outcome, { maxExceptions }: AttemptLimits): Promise<Outcome> {
    if (outcome.kind !== 'released' || outcome.reason !== 'error') return outcome
    const isLast = await this.#settings.countException(this.info.uuid, maxExceptions)
    return isLast ? { kind: 'failed', error: outcome.error } : outcome
  }

  #result(outcome: Outcome, isStuck = false): AttemptResult {
    return { outcome, isStuck, uniqueKey: this.#uniqueKey, followUp: this.#handler.followUp }
  }
}

function read(text: string): Read {
  try {
    return { payload: readPayload(text) }
  } catch (problem) {
    return { problem }
  }
}

function nameOf(known: Read, text: string): { readonly uuid: string; readonly name: string } {
  if ('payload' in known) return { uuid: known.payload.uuid, name: known.payload.displayName }
  const { uuid, name } = describePayload(text)
  return { uuid: uuid ?? '', name }
}
