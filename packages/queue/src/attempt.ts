import { backoffSeconds } from './backoff.ts'
import type { ClaimedJob, Connection } from './connection.ts'
import {
  InvalidDataError,
  InvalidOptionError,
  InvalidPayloadError,
  JobTimeoutError,
  LeaseLostError,
  MaxAttemptsExceededError,
  PermanentError,
  UnknownJobError,
} from './errors.ts'
import type { AnyJobDefinition, JobContext } from './job.ts'
import { type Payload, readPayload } from './laravel/payload.ts'
import { Lease } from './lease.ts'
import { checkData } from './schema.ts'

/**
 * One run of one claimed job, as a pipeline: read the payload, find the handler, check the tries and the data, perform
 * under a deadline, decide. It writes nothing to the queue but the renewals of its reservation; the worker carries out
 * the outcome.
 */
export type Outcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'released'; readonly delaySeconds: number; readonly reason: 'asked' }
  | { readonly kind: 'released'; readonly delaySeconds: number; readonly reason: 'error'; readonly error: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'lost' }

export interface AttemptResult {
  readonly outcome: Outcome
  /** True when the handler still runs although its signal was aborted: the process should end. */
  readonly isStuck: boolean
}

/** What applies when neither the payload nor the definition says. Times in seconds, 0 means without limit. */
export interface AttemptDefaults {
  readonly tries: number
  readonly timeout: number
  readonly backoff: readonly number[]
}

export interface AttemptSettings {
  readonly connection: Connection
  readonly jobs: ReadonlyMap<string, AnyJobDefinition>
  readonly defaults: AttemptDefaults
  /** Aborted when the worker must stop at once. */
  readonly stopSignal: AbortSignal
}

/** A year. */
const maxReleaseSeconds = 31_536_000

/** How long a handler may go on after its signal was aborted. */
const graceMs = 5_000

export async function runAttempt(job: ClaimedJob, settings: AttemptSettings): Promise<AttemptResult> {
  try {
    const payload = readPayload(job.payload)
    const definition = findDefinition(payload, settings.jobs)
    const limits = limitsOf(payload, definition, settings.defaults)
    if (limits.tries > 0 && job.attempts > limits.tries) throw new MaxAttemptsExceededError(payload.displayName)
    const data = await checkData(definition, payload.data)
    return await perform({ job, payload, definition, limits, data, settings })
  } catch (error) {
    // Nothing of the handler ran: another try would read the same payload.
    return { outcome: { kind: 'failed', error }, isStuck: false }
  }
}

interface Limits extends AttemptDefaults {
  readonly failOnTimeout: boolean
}

interface Attempt {
  readonly job: ClaimedJob
  readonly payload: Payload
  readonly definition: AnyJobDefinition
  readonly limits: Limits
  readonly data: unknown
  readonly settings: AttemptSettings
}

function findDefinition(payload: Payload, jobs: ReadonlyMap<string, AnyJobDefinition>): AnyJobDefinition {
  const definition = jobs.get(payload.job)
  if (!definition) throw new UnknownJobError(payload.displayName)
  return definition
}

/** The job as it was dispatched beats the definition of today, which beats the command line. */
function limitsOf(payload: Payload, { options }: AnyJobDefinition, defaults: AttemptDefaults): Limits {
  return {
    tries: payload.maxTries ?? options.tries ?? defaults.tries,
    timeout: payload.timeout ?? options.timeout ?? defaults.timeout,
    backoff: payload.backoff ?? (options.backoff === undefined ? defaults.backoff : [options.backoff].flat()),
    failOnTimeout: payload.failOnTimeout || options.failOnTimeout === true,
  }
}

async function perform(attempt: Attempt): Promise<AttemptResult> {
  const { job, payload, limits, settings } = attempt
  using lease = new Lease(settings.connection, job, payload.displayName)
  using deadline = startDeadline(payload.displayName, limits.timeout)
  const signal = AbortSignal.any([lease.signal, deadline.signal, settings.stopSignal])
  const context = new AttemptContext(attempt, lease, signal)
  const handled = settle(async () => attempt.definition.handler(attempt.data, context))
  using grace = startGrace(signal)
  const ended = await Promise.race([handled, grace.over])
  if (ended === 'stuck') return { outcome: decide(attempt, signal.reason), isStuck: true }
  if ('error' in ended) return { outcome: decide(attempt, causeOf(ended.error, signal)), isStuck: false }
  const delaySeconds = context.releasedFor
  return {
    outcome: delaySeconds === undefined ? { kind: 'completed' } : { kind: 'released', delaySeconds, reason: 'asked' },
    isStuck: false,
  }
}

/** A handler that was aborted throws whatever its library throws then; the reason of the signal says more. */
function causeOf(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : error
}

function decide({ job, limits }: Attempt, error: unknown): Outcome {
  if (error instanceof LeaseLostError) return { kind: 'lost' }
  const isLastTry = limits.tries > 0 && job.attempts >= limits.tries
  const isFatal = isPermanent(error) || (error instanceof JobTimeoutError && limits.failOnTimeout)
  if (isFatal || isLastTry) return { kind: 'failed', error }
  // A job that was stopped with its worker need not wait; the attempt counts, because the handler had begun.
  const delaySeconds = error instanceof WorkerStoppedError ? 0 : backoffSeconds(limits.backoff, job.attempts)
  return { kind: 'released', delaySeconds, reason: 'error', error }
}

function isPermanent(error: unknown): boolean {
  return error instanceof PermanentError || error instanceof InvalidDataError || error instanceof InvalidPayloadError
}

/** The reason of the stop signal: the job goes back and runs again in another worker, unless this was its last try. */
export class WorkerStoppedError extends Error {
  constructor() {
    super('The worker was told to stop at once.')
    this.name = 'WorkerStoppedError'
  }
}

class AttemptContext implements JobContext {
  readonly uuid: string
  readonly name: string
  readonly queue: string
  readonly attempt: number
  readonly signal: AbortSignal
  readonly #lease: Lease
  #releasedFor: number | undefined

  constructor({ job, payload }: Attempt, lease: Lease, signal: AbortSignal) {
    this.uuid = payload.uuid
    this.name = payload.displayName
    this.queue = job.queue
    this.attempt = job.attempts
    this.signal = signal
    this.#lease = lease
  }

  get releasedFor(): number | undefined {
    return this.#releasedFor
  }

  renew(): Promise<void> {
    return this.#lease.renew()
  }

  release(delaySeconds = 0): void {
    if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > maxReleaseSeconds) {
      throw new InvalidOptionError('release', delaySeconds, `whole seconds from 0 to ${maxReleaseSeconds}`)
    }
    this.#releasedFor = delaySeconds
  }
}

async function settle(work: () => Promise<void>): Promise<{ readonly done: true } | { readonly error: unknown }> {
  try {
    await work()
    return { done: true }
  } catch (error) {
    return { error }
  }
}

function startDeadline(jobName: string, timeoutSeconds: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const abort = () => controller.abort(new JobTimeoutError(jobName, timeoutSeconds))
  const timer = timeoutSeconds > 0 ? setTimeout(abort, timeoutSeconds * 1000) : undefined
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) }
}

function startGrace(signal: AbortSignal): Disposable & { readonly over: Promise<'stuck'> } {
  const { promise, resolve } = Promise.withResolvers<'stuck'>()
  let timer: NodeJS.Timeout | undefined
  const start = () => {
    timer = setTimeout(() => resolve('stuck'), graceMs)
  }
  if (signal.aborted) start()
  else signal.addEventListener('abort', start, { once: true })
  return {
    over: promise,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', start)
      clearTimeout(timer)
    },
  }
}
