import {
  InvalidDataError,
  InvalidPayloadError,
  JobTimeoutError,
  LeaseLostError,
  MissingModelError,
  PermanentError,
} from '../errors.ts'
import { type AttemptLimits, isUsedUp } from './attempt-limits.ts'
import { backoffSeconds } from './backoff.ts'

/** What becomes of a job after an attempt. */
export type Outcome =
  | { readonly kind: 'completed' }
  /** The handler completed the job itself; what it threw afterwards changes nothing. */
  | { readonly kind: 'concluded'; readonly error: unknown }
  | { readonly kind: 'released'; readonly delaySeconds: number; readonly reason: 'asked' }
  | { readonly kind: 'released'; readonly delaySeconds: number; readonly reason: 'error'; readonly error: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'lost' }
  /** Its worker was told to stop at once: it goes back, and the claim was no try. */
  | { readonly kind: 'forgiven'; readonly error: unknown }
  /** Its handler did not start, and this was no try: it is not ours to run, or it waits for another one to end. */
  | { readonly kind: 'unstarted'; readonly delaySeconds: number; readonly reason: 'unknown' | 'overlapping' }

export type UnstartedOutcome = Extract<Outcome, { readonly kind: 'unstarted' }>

/** One for all: most jobs end like this. */
export const completed: Outcome = { kind: 'completed' }

/** What an error makes of a job. `tries` counts the one that it ended; `now` tells unix milliseconds. */
export function outcomeOfError(
  error: unknown,
  limits: AttemptLimits,
  { tries, now }: { readonly tries: number; readonly now: () => number },
): Outcome {
  if (error instanceof LeaseLostError) return { kind: 'lost' }
  if (error instanceof WorkerStoppedError) return { kind: 'forgiven', error }
  if (error instanceof MissingModelError && limits.deleteWhenMissingModels) return completed
  const isFatal = isPermanent(error) || (error instanceof JobTimeoutError && limits.failOnTimeout)
  if (isFatal || isUsedUp(limits, tries, now)) return { kind: 'failed', error }
  return { kind: 'released', delaySeconds: backoffSeconds(limits.backoff, tries), reason: 'error', error }
}

function isPermanent(error: unknown): boolean {
  return error instanceof PermanentError || error instanceof InvalidDataError || error instanceof InvalidPayloadError
}

/** The reason of the stop signal: the job goes back and runs again in another worker. */
export class WorkerStoppedError extends Error {
  constructor() {
    super('The worker was told to stop at once.')
    this.name = 'WorkerStoppedError'
  }
}
