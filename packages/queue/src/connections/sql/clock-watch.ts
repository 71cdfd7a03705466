import { toleratedSeconds } from '../../clock.ts'

interface Reading {
  /** Unix seconds, with fractions. */
  readonly now: number
  /** Of `performance.now()`. */
  readonly sentAt: number
}

/**
 * Whether the database's clock is believed when it says that a reservation is over. Compared with the time that this
 * process counts by itself, it may leap ahead: a machine has slept, or its clock was set. Reservations look old then that
 * were renewed a moment ago, and their jobs would run a second time; so nothing counts as expired until every holder that
 * is alive has had the time to renew.
 */
export class ClockWatch {
  readonly #retryAfterMs: number
  #last: Reading | undefined
  #doubtsUntil = Number.NEGATIVE_INFINITY

  constructor(retryAfterSeconds: number) {
    this.#retryAfterMs = retryAfterSeconds * 1000
  }

  /** What the clock said to a statement that was sent at that time and has been answered just now. */
  hasRead({ now, sentAt }: Reading): void {
    const receivedAt = performance.now()
    const last = this.#last
    // Between the two moments at which the clock was read there were so many milliseconds at the most.
    const mostMs = last ? receivedAt - last.sentAt + toleratedSeconds * 1000 : Number.POSITIVE_INFINITY
    if (last && (now - last.now) * 1000 > mostMs) this.#doubtsUntil = receivedAt + this.#retryAfterMs
    this.#last = { now, sentAt }
  }

  get isBelieved(): boolean {
    return performance.now() >= this.#doubtsUntil
  }
}
