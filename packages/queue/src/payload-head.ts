import type { AnyJobDefinition } from './job.ts'
import type { PayloadHead } from './laravel/write-payload.ts'

/** What a definition says of all payloads of its job. */
export function headOf({ name, options }: AnyJobDefinition): PayloadHead {
  return {
    job: name,
    php: options.php,
    maxTries: options.tries ?? null,
    maxExceptions: options.maxExceptions ?? null,
    failOnTimeout: options.failOnTimeout ?? false,
    backoff: options.backoff === undefined ? null : [options.backoff].flat(),
    timeout: options.timeout ?? null,
    deleteWhenMissingModels: options.deleteWhenMissingModels ?? false,
  }
}

/** Throws `TypeError` for a date that is none. */
export function unixSecondsOf(date: Date | undefined): number | null {
  if (date === undefined) return null
  if (Number.isNaN(date.getTime())) throw new TypeError('its retryUntil is an invalid date')
  return Math.floor(date.getTime() / 1000)
}
