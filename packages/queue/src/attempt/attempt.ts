import type { ClaimedJob, FollowUp } from '../connection.ts'
import { MaxAttemptsExceededError, UnknownJobError } from '../errors.ts'
import type { AttemptInfo } from '../events.ts'
import type { AnyJobDefinition } from '../job.ts'
import { describePayload, type Payload, readJobData, readPayload } from '../laravel/payload.ts'
import { withDefaults } from '../laravel/write-command.ts'
import { overlapLock, overlapOwner } from '../locks/overlap-lock.ts'
import { uniqueKey } from '../locks/unique-lock.ts'
import { checkData } from '../schema.ts'
import type { Lock } from '../shared-store.ts'
import { type AttemptLimits, isUsedUp, limitsOf } from './attempt-limits.ts'
import type { AttemptSettings } from './attempt-settings.ts'
import { failedMemberOf, followUpOf } from './follow-up.ts'
import { type Ended, HandlerRun } from './handler-run.ts'
import { completed, type Outcome, outcomeOfError } from './outcome.ts'

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

/** The job that a payload names, before any code of its author ran. */
interface Known {
  readonly definition: AnyJobDefinition
  readonly limits: AttemptLimits
  /** As it was dispatched; the schema has not seen it. */
  readonly given: unknown
}

/**
 * One run of one claimed job, as a pipeline: read the payload, find the definition; then, under a deadline, whatever the
 * author of the job wrote: its keys, its schema, its handler; then decide. It writes nothing to the queue but what a handler
 * asks for; the worker carries out the outcome.
 */
export class Attempt {
  readonly job: ClaimedJob
  readonly info: AttemptInfo
  readonly #settings: AttemptSettings
  readonly #read: Read
  readonly #handler: HandlerRun
  #uniqueKey: string | undefined
  /** Held while it runs, of a job that does not overlap. */
  #overlapLock: Lock | undefined
  /** The handler has begun, or waits for another job to end: what is thrown from now on may be tried again. */
  #isPrepared = false
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
    let known: Known
    try {
      known = this.#know()
    } catch (error) {
      if (error instanceof UnknownJobError && this.#settings.leavesUnknown)
        return this.#result({ kind: 'unstarted', delaySeconds: 0, reason: 'unknown' })
      return this.#fail(error)
    }
    const { limits } = known
    const working = this.#handler.start(() => this.#work(known), limits.timeout)
    const ended = working instanceof Promise ? await working : working
    // A handler that goes on keeps its lock, which ends by itself.
    if (this.#overlapLock && ended !== 'stuck') await this.#freeOverlapLock(this.#overlapLock)
    if (!this.#isPrepared && !this.#handler.isAborted && typeof ended === 'object') return this.#fail(ended.error)
    const outcome = this.#outcomeOf(ended, limits)
    const counted = limits.maxExceptions > 0 ? await this.#afterCounting(outcome, limits) : outcome
    return this.#result(counted, ended === 'stuck')
  }

  /**
   * What becomes of the job when its process, and not its handler, told how it ended. No code of its author runs here but
   * what names a unique job: this may be the process that looks after the others. Never rejects.
   */
  async judge(error: unknown): Promise<AttemptResult> {
    try {
      const { definition, limits, given } = this.#know()
      const { cacheKeys, releaseLocksOf } = this.#settings
      if (definition.options.withoutOverlapping) await releaseLocksOf(overlapOwner(this.info.uuid))
      // That of one which is unique until it begins was freed then, and may be the next one's by now.
      if (!definition.options.unique?.untilProcessing) this.#uniqueKey = uniqueKey(definition, given, cacheKeys)
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

  #know(): Known {
    if ('problem' in this.#read) throw this.#read.problem
    const { payload } = this.#read
    const { encrypter, defaults, jobs } = this.#settings
    const definition = jobs.get(payload.job)
    if (!definition) throw new UnknownJobError(payload.displayName)
    const { data: own, command } = readJobData(payload, encrypter)
    this.#handler.followUp = followUpOf(command, payload, this.#settings.followUp)
    const limits = limitsOf(payload, definition, defaults)
    return { definition, limits, given: withDefaults(definition.options.php, own) }
  }

  /** All that the job's author wrote, in the order in which it is needed. */
  #work(known: Known): void | PromiseLike<void> {
    const { definition, limits, given } = known
    this.#uniqueKey = uniqueKey(definition, given, this.#settings.cacheKeys)
    if (this.job.isExhausted || isUsedUp(limits, this.#try - 1, this.#settings.now))
      throw new MaxAttemptsExceededError(this.info.name)
    const { schema, options } = definition
    if (schema || options.unique?.untilProcessing || options.withoutOverlapping) return this.#prepareAndWork(known)
    this.#isPrepared = true
    return this.#handler.call(definition, given)
  }

  async #prepareAndWork({ definition, given }: Known): Promise<void> {
    const { cacheKeys } = this.#settings
    const data = await checkData(definition, given)
    const lock = overlapLock({ definition, data }, { uuid: this.info.uuid, keys: cacheKeys })
    this.#handler.throwIfAborted()
    this.#isPrepared = true
    if (definition.options.unique?.untilProcessing) await this.#freeUniqueLock()
    if (!lock || (await this.#takeOverlapLock(definition, lock))) await this.#handler.call(definition, data)
  }

  /** A job that cannot be run: another try would read the same payload. */
  #fail(error: unknown): AttemptResult {
    this.#handler.followUp ??= failedMemberOf(this.job.payload, this.info.uuid, this.#settings.encrypter)
    return this.#result({ kind: 'failed', error })
  }

  async #freeUniqueLock(): Promise<void> {
    if (this.#uniqueKey !== undefined) await this.#settings.releaseLock(this.#uniqueKey)
    this.#uniqueKey = undefined
  }

  /** Answers false while another job with the same key runs. */
  async #takeOverlapLock({ options }: AnyJobDefinition, lock: Lock): Promise<boolean> {
    const { isDropped, releaseAfter = 0 } = options.withoutOverlapping ?? {}
    if (!(await this.#settings.acquireLock(lock))) {
      if (!isDropped) this.#waitsFor = Math.max(1, releaseAfter)
      return false
    }
    // Who was given up meanwhile has no end any more at which it could be freed.
    if (this.#handler.isAborted && !this.#handler.hasLostLease) await this.#freeOverlapLock(lock)
    else this.#overlapLock = lock
    return true
  }

  /** After a lost reservation it is the new holder's. */
  async #freeOverlapLock({ key, owner }: Lock): Promise<void> {
    if (!this.#handler.hasLostLease) await this.#settings.releaseLock(key, owner)
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
