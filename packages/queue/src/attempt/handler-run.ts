import type { ClaimedJob, FollowUp, Transaction } from '../connection.ts'
import { InvalidOptionError, JobTimeoutError, LeaseLostError } from '../errors.ts'
import type { AttemptInfo } from '../events.ts'
import type { AnyJobDefinition } from '../job.ts'
import type { AttemptSettings } from './attempt-settings.ts'
import { awakeTimeout } from './awake-timeout.ts'
import { Completion } from './completion.ts'
import { type HandlerCalls, HandlerContext } from './handler-context.ts'
import { WorkerStoppedError } from './outcome.ts'

/** How a handler ended: `stuck` when it goes on although its signal was aborted. */
export type Ended = 'done' | 'stuck' | { readonly error: unknown }

/** How long a handler may go on after its signal was aborted. */
export const graceMs = 3_000
/** The same when the worker must stop at once. */
const stopGraceMs = 500
/** A year. */
const maxReleaseSeconds = 31_536_000

/**
 * The handler of one attempt, with all other code of the user that comes before it: its start, what it asks for, its
 * deadline and the signal that tells it to end. It may be aborted before it starts. What few handlers ask for (a signal, a
 * timer, a promise) is made when it is needed, because most jobs are short.
 */
export class HandlerRun implements HandlerCalls {
  readonly info: AttemptInfo
  /** What the end of the job brings with it, also when the handler writes that end itself. */
  followUp: FollowUp | undefined
  readonly #job: ClaimedJob
  readonly #settings: Pick<AttemptSettings, 'conclude' | 'renew' | 'record'>
  #completion: Completion | undefined
  #releasedFor: number | undefined
  #abortReason: unknown
  #controller: AbortController | undefined
  #onAbort: (() => void) | undefined
  #endNow: ((ended: Ended) => void) | undefined

  constructor(job: ClaimedJob, info: AttemptInfo, settings: Pick<AttemptSettings, 'conclude' | 'renew' | 'record'>) {
    this.info = info
    this.#job = job
    this.#settings = settings
  }

  /** Runs the user's code under the eyes of whoever looks after this process. Never rejects. */
  start(work: () => void | PromiseLike<void>, timeoutSeconds: number): Promise<Ended> | Ended {
    try {
      const { record } = this.#settings
      const handled = record ? record.run(this.#job, timeoutSeconds, work) : work()
      return isPromise(handled) ? this.#settle(handled, timeoutSeconds) : this.#lookAtProcess('done')
    } catch (error) {
      return this.#lookAtProcess({ error })
    }
  }

  /** Throws the reason when the attempt was aborted before the handler begins. */
  call({ handler }: AnyJobDefinition, data: unknown): void | PromiseLike<void> {
    this.throwIfAborted()
    return handler(data, new HandlerContext(this))
  }

  throwIfAborted(): void {
    if (this.#abortReason !== undefined) throw this.#abortReason
  }

  /** The handler's signal is aborted with the reason, which is from then on the error of its end. */
  abort(reason: unknown): void {
    if (this.#abortReason !== undefined) return
    if (reason instanceof LeaseLostError && this.#isCompleting) return
    this.#abortReason = reason
    this.#controller?.abort(reason)
    this.#onAbort?.()
  }

  /** Ends with an error that the handler could not catch, whatever it still does. */
  giveUp(error: unknown): void {
    this.#controller?.abort(error)
    this.#endNow?.({ error })
  }

  /** The handler has completed the job in a transaction of its own. */
  get hasCompleted(): boolean {
    return this.#completion?.isCommitted ?? false
  }

  /** Seconds after which it asked to run again; undefined when it did not. */
  get releasedFor(): number | undefined {
    return this.#releasedFor
  }

  get isAborted(): boolean {
    return this.#abortReason !== undefined
  }

  get hasLostLease(): boolean {
    return this.#abortReason instanceof LeaseLostError
  }

  errorOf(ended: Ended): unknown {
    if (ended === 'done') return undefined
    // A handler that was aborted throws whatever its library throws then; the reason of the signal says more.
    return ended === 'stuck' ? this.#abortReason : (this.#abortReason ?? ended.error)
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
    if (this.#isCompleting) return
    if (!(await this.#settings.renew(this.#job))) throw this.#lose()
  }

  release(delaySeconds: number): void {
    if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > maxReleaseSeconds) {
      throw new InvalidOptionError('release', delaySeconds, `whole seconds from 0 to ${maxReleaseSeconds}`)
    }
    if (this.#isCompleting) throw new InvalidOptionError('release', 'called after completeIn', 'one of both')
    this.#releasedFor = delaySeconds
  }

  async completeIn(tx: Transaction): Promise<void> {
    if (this.#releasedFor !== undefined)
      throw new InvalidOptionError('completeIn', 'called after release', 'one of both')
    const conclude = () => this.#settings.conclude(this.#job, this.followUp ?? {}, tx)
    this.#completion ??= new Completion()
    if (!(await this.#completion.run(tx, conclude))) throw this.#lose()
  }

  get #isCompleting(): boolean {
    return this.#completion?.isUnderWay ?? false
  }

  #lose(): unknown {
    this.abort(new LeaseLostError(this.info.name))
    return this.#abortReason
  }

  /** The handler's end, or `stuck` when it goes on after its signal was aborted. */
  #settle(handled: PromiseLike<void>, timeoutSeconds: number): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>()
    const { record } = this.#settings
    let grace: Disposable | undefined
    const giveUp = () => this.abort(new JobTimeoutError(this.info.name, timeoutSeconds))
    const deadline = timeoutSeconds > 0 ? awakeTimeout(giveUp, timeoutSeconds * 1000, record) : undefined
    const end = (ended: Ended) => {
      deadline?.[Symbol.dispose]()
      grace?.[Symbol.dispose]()
      resolve(this.#lookAtProcess(ended))
    }
    this.#endNow = end
    this.#onAbort = () => {
      const isStopped = this.#abortReason instanceof WorkerStoppedError
      grace = awakeTimeout(() => end('stuck'), isStopped ? stopGraceMs : graceMs, record)
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
    const error = this.#settings.record?.end(this.#job)
    return error && ended === 'done' ? { error } : ended
  }
}

function isPromise(value: void | PromiseLike<void>): value is PromiseLike<void> {
  return typeof value === 'object' && value !== null && 'then' in value
}
