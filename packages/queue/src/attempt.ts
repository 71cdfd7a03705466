import { type AttemptLimits, isUsedUp, limitsOf } from './attempt-limits.ts'
import type { AttemptSettings } from './attempt-settings.ts'
import { Completion } from './completion.ts'
import type { ClaimedJob, FollowUp, Transaction } from './connection.ts'
import {
  InvalidOptionError,
  JobTimeoutError,
  LeaseLostError,
  MaxAttemptsExceededError,
  UnknownJobError,
} from './errors.ts'
import type { AttemptInfo } from './events.ts'
import { failedMemberOf, followUpOf } from './follow-up.ts'
import { HandlerContext } from './handler-context.ts'
import type { AnyJobDefinition } from './job.ts'
import { describePayload, type Payload, readJobData, readPayload } from './laravel/payload.ts'
import { withDefaults } from './laravel/write-command.ts'
import { completed, type Outcome, outcomeOfError, WorkerStoppedError } from './outcome.ts'
import { overlapLock } from './overlap-lock.ts'
import { checkData } from './schema.ts'
import type { Lock } from './shared-store.ts'
import { uniqueKey } from './unique-lock.ts'

export type { AttemptSettings } from './attempt-settings.ts'
export { WorkerStoppedError } from './outcome.ts'

export interface AttemptResult {
  readonly outcome: Outcome
  /** True when the handler still runs although its signal was aborted: the process should end. */
  readonly isStuck: boolean
  /** The lock that the job holds until it has completed or failed. */
  readonly uniqueKey: string | undefined
  readonly followUp: FollowUp | undefined
}

/** A year. */
const maxReleaseSeconds = 31_536_000

/** How long a handler may go on after its signal was aborted. */
export const graceMs = 3_000
/** The same when the worker must stop at once. */
const stopGraceMs = 500
/** A job that has ended its process so often fails, however many tries it has. */
const maxCrashes = 3

type Read = { readonly payload: Payload } | { readonly problem: unknown }
type Ended = 'done' | 'stuck' | { readonly error: unknown }

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
 * What few handlers ask for (a signal, a timer, a promise) is made when it is needed, because most jobs are short.
 */
export class Attempt {
  readonly job: ClaimedJob
  readonly info: AttemptInfo
  readonly #settings: AttemptSettings
  readonly #read: Read
  readonly #completion = new Completion()
  #abortReason: unknown
  #controller: AbortController | undefined
  #onAbort: (() => void) | undefined
  #endNow: ((ended: Ended) => void) | undefined
  #releasedFor: number | undefined
  #uniqueKey: string | undefined
  #followUp: FollowUp | undefined
  /** Seconds until it is looked whether the job that runs with the same key has ended. */
  #waitsFor: number | undefined

  constructor(job: ClaimedJob, settings: AttemptSettings) {
    this.job = job
    this.#settings = settings
    this.#read = read(job.payload)
    const { uuid, name } = nameOf(this.#read, job.payload)
    const { id, queue } = job
    this.info = { id, uuid, name, connection: settings.connectionName, queue, attempt: this.#try }
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
      this.#followUp = this.#followUp ?? failedMemberOf(this.job.payload, this.info.uuid, this.#settings.encrypter)
      // Nothing of the handler ran: another try would read the same payload.
      return this.#result({ kind: 'failed', error })
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
      this.#followUp = this.#followUp ?? failedMemberOf(this.job.payload, this.info.uuid, this.#settings.encrypter)
      // It cannot be run: another try would end as this one did.
      return this.#result({ kind: 'failed', error })
    }
  }

  /** Ends the attempt with an error that the handler could not catch, whatever it still does. */
  giveUp(error: unknown): void {
    this.#controller?.abort(error)
    this.#endNow?.({ error })
  }

  #result(outcome: Outcome, isStuck = false): AttemptResult {
    return { outcome, isStuck, uniqueKey: this.#uniqueKey, followUp: this.#followUp }
  }

  /** The handler's signal is aborted with the reason, which also decides what becomes of the job. */
  abort(reason: unknown): void {
    if (this.#abortReason !== undefined) return
    if (reason instanceof LeaseLostError && this.#completion.isUnderWay) return
    this.#abortReason = reason
    this.#controller?.abort(reason)
    this.#onAbort?.()
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason)
    }
    return this.#controller.signal
  }

  async renew(): Promise<void> {
    // The handler's own transaction would be waited for, or has completed the job.
    if (this.#completion.isUnderWay) return
    if (!(await this.#settings.renew(this.job))) throw this.#lose()
  }

  async completeIn(tx: Transaction): Promise<void> {
    if (this.#releasedFor !== undefined)
      throw new InvalidOptionError('completeIn', 'called after release', 'one of both')
    const conclude = () => this.#settings.conclude(this.job, this.#followUp ?? {}, tx)
    if (!(await this.#completion.run(tx, conclude))) throw this.#lose()
  }

  release(delaySeconds: number): void {
    if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > maxReleaseSeconds) {
      throw new InvalidOptionError('release', delaySeconds, `whole seconds from 0 to ${maxReleaseSeconds}`)
    }
    if (this.#completion.isUnderWay) throw new InvalidOptionError('release', 'called after completeIn', 'one of both')
    this.#releasedFor = delaySeconds
  }

  #lose(): unknown {
    this.abort(new LeaseLostError(this.info.name))
    return this.#abortReason
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
    this.#followUp = followUpOf(command, payload, this.#settings.followUp)
    const limits = limitsOf(payload, definition, defaults)
    if (this.job.isExhausted || isUsedUp(limits, this.#try - 1, now))
      throw new MaxAttemptsExceededError(payload.displayName)
    const prepared = (data: unknown) => ({ definition, limits, data, lock: this.#lockOf(definition, data) })
    return definition.schema ? checkData(definition, given).then(prepared) : prepared(given)
  }

  #lockOf(definition: AnyJobDefinition, data: unknown): Lock | undefined {
    // Of the job, not of the attempt: one that comes back after its worker died has its lock already.
    return overlapLock({ definition, data }, { uuid: this.info.uuid, keys: this.#settings.cacheKeys })
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
    if (ended !== 'stuck' && !(this.#abortReason instanceof LeaseLostError))
      await this.#settings.releaseLock(lock.key, lock.owner)
    return ended
  }

  #perform({ definition, data, limits }: Prepared): Promise<Ended> | Ended {
    try {
      const { record } = this.#settings
      const context = new HandlerContext(this)
      const handled = record
        ? record.run(this.job, limits.timeout, () => definition.handler(data, context))
        : definition.handler(data, context)
      return isPromise(handled) ? this.#settle(handled, limits.timeout) : this.#lookAtProcess('done')
    } catch (error) {
      return this.#lookAtProcess({ error })
    }
  }

  /** The handler's end, or `stuck` when it goes on after its signal was aborted. */
  #settle(handled: PromiseLike<void>, timeoutSeconds: number): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>()
    let grace: NodeJS.Timeout | undefined
    const giveUp = () => this.abort(new JobTimeoutError(this.info.name, timeoutSeconds))
    const deadline = timeoutSeconds > 0 ? setTimeout(giveUp, timeoutSeconds * 1000) : undefined
    const end = (ended: Ended) => {
      clearTimeout(deadline)
      clearTimeout(grace)
      resolve(this.#lookAtProcess(ended))
    }
    this.#endNow = end
    this.#onAbort = () => {
      const isStopped = this.#abortReason instanceof WorkerStoppedError
      grace = setTimeout(() => end('stuck'), isStopped ? stopGraceMs : graceMs)
    }
    if (this.#abortReason !== undefined) this.#onAbort()
    handled.then(
      () => end('done'),
      (error: unknown) => end({ error }),
    )
    return promise
  }

  /** Whoever looks after this process has to see a handler that goes on: of that one nothing is said. */
  #lookAtProcess(ended: Ended): Ended {
    if (ended === 'stuck') return ended
    const error = this.#settings.record?.end(this.job)
    return error && ended === 'done' ? { error } : ended
  }

  #outcomeOf(ended: Ended, limits: AttemptLimits): Outcome {
    if (this.#completion.isCommitted) return { kind: 'concluded', error: this.#errorOf(ended) }
    if (ended !== 'done') return this.#decide(this.#errorOf(ended), limits)
    if (this.#waitsFor !== undefined) return { kind: 'unstarted', delaySeconds: this.#waitsFor, reason: 'overlapping' }
    if (this.#releasedFor === undefined) return completed
    return { kind: 'released', delaySeconds: this.#releasedFor, reason: 'asked' }
  }

  #errorOf(ended: Ended): unknown {
    if (ended === 'done') return undefined
    // A handler that was aborted throws whatever its library throws then; the reason of the signal says more.
    return ended === 'stuck' ? this.#abortReason : (this.#abortReason ?? ended.error)
  }

  async #afterCounting(outcome: Outcome, { maxExceptions }: AttemptLimits): Promise<Outcome> {
    if (outcome.kind !== 'released' || outcome.reason !== 'error') return outcome
    const isLast = await this.#settings.countException(this.info.uuid, maxExceptions)
    return isLast ? { kind: 'failed', error: outcome.error } : outcome
  }

  #decide(error: unknown, limits: AttemptLimits): Outcome {
    const outcome = outcomeOfError(error, limits, { tries: this.#try, now: this.#settings.now })
    // As in Laravel, which cannot even unserialize a job whose model is gone: what follows it has nothing to go on.
    if (outcome.kind === 'completed') this.#followUp = this.#followUp?.batch && { batch: this.#followUp.batch }
    return outcome
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

function isPromise(value: void | PromiseLike<void>): value is PromiseLike<void> {
  return typeof value === 'object' && value !== null && 'then' in value
}
