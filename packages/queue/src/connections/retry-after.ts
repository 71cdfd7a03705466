import { InvalidOptionError } from '../errors.ts'

/** Seconds after which a reservation that nobody renews may be claimed by another worker. */
export function checkRetryAfter(retryAfter = 90): number {
  if (Number.isInteger(retryAfter) && retryAfter >= 2 && retryAfter <= 86_400) return retryAfter
  throw new InvalidOptionError('retryAfter', retryAfter, 'a whole number of seconds from 2 to 86400')
}
