import type { AnyJobDefinition } from '../job.ts'
import type { Payload } from '../laravel/payload.ts'

/** What applies when neither the payload nor the definition says. Times in seconds, 0 means without limit. */
export interface AttemptDefaults {
  readonly tries: number
  readonly timeout: number
  readonly backoff: readonly number[]
}

/** How long and how often a job may be tried, and what ends that before. */
export interface AttemptLimits extends AttemptDefaults {
  readonly failOnTimeout: boolean
  /** 0: only the tries count. */
  readonly maxExceptions: number
  /** Unix seconds. */
  readonly retryUntil: number | null
  readonly deleteWhenMissingModels: boolean
}

/** The job as it was dispatched beats the definition of today, which beats the command line. */
export function limitsOf(payload: Payload, { options }: AnyJobDefinition, defaults: AttemptDefaults): AttemptLimits {
  return {
    tries: payload.maxTries ?? options.tries ?? defaults.tries,
    timeout: payload.timeout ?? options.timeout ?? defaults.timeout,
    backoff: payload.backoff ?? (options.backoff === undefined ? defaults.backoff : [options.backoff].flat()),
    maxExceptions: payload.maxExceptions ?? options.maxExceptions ?? 0,
    failOnTimeout: payload.failOnTimeout || options.failOnTimeout === true,
    retryUntil: payload.retryUntil,
    deleteWhenMissingModels: payload.deleteWhenMissingModels || options.deleteWhenMissingModels === true,
  }
}

/** True when a job is not tried again after so many tries. One with a deadline is tried until then, however often. */
export function isUsedUp({ tries, retryUntil }: AttemptLimits, tried: number, now: () => number): boolean {
  if (retryUntil !== null) return retryUntil * 1000 <= now()
  return tries > 0 && tried >= tries
}
