import type { Connection, Reservation } from './connection.ts'
import { LeaseLostError } from './errors.ts'

/**
 * Keeps a reservation alive while the handler runs, so that `retryAfter` may be short and a job long. When another
 * worker has the job, or when the database could not be told in time, the signal is aborted: from then on this worker
 * must write nothing for the job.
 */
export class Lease implements Disposable {
  readonly #connection: Connection
  readonly #reservation: Reservation
  readonly #jobName: string
  readonly #lost = new AbortController()
  readonly #timer: NodeJS.Timeout
  #renewedAt = performance.now()

  constructor(connection: Connection, reservation: Reservation, jobName: string) {
    this.#connection = connection
    this.#reservation = reservation
    this.#jobName = jobName
    this.#timer = setInterval(() => void this.#renewQuietly(), renewalMs(connection.retryAfterSeconds))
  }

  /** Aborted with a `LeaseLostError`. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  async renew(): Promise<void> {
    if (!(await this.#connection.renew(this.#reservation))) this.#lose()
    this.#lost.signal.throwIfAborted()
    this.#renewedAt = performance.now()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #renewQuietly(): Promise<void> {
    try {
      await this.renew()
    } catch {
      // A database that does not answer may answer the next time, as long as the reservation has not expired.
      if (performance.now() - this.#renewedAt > this.#connection.retryAfterSeconds * 1000) this.#lose()
    }
  }

  #lose(): void {
    this.#lost.abort(new LeaseLostError(this.#jobName))
  }
}

/** Two or three chances before the reservation expires, which may be a second early: the column has whole seconds. */
function renewalMs(retryAfterSeconds: number): number {
  return Math.min(retryAfterSeconds / 3, (retryAfterSeconds - 1) / 2) * 1000
}
