import { type Connection, keyOf, type Reservation } from '../connection.ts'
import type { WorkRecord } from '../work-record.ts'

/**
 * Keeps the reservations of a worker alive, all of them in one statement at intervals, so that `retryAfter` may be short
 * and a job long. When another worker has a job, or when the database could not be told in time, `onLost` hears the
 * reservation: from then on nothing may be written for the job.
 */
export class Leases implements Disposable {
  readonly #connection: Connection
  readonly #onLost: (reservation: Reservation) => void
  readonly #record: WorkRecord | undefined
  readonly #held = new Map<string, Held>()
  #timer: NodeJS.Timeout | undefined
  #expiryTimer: NodeJS.Timeout | undefined
  #isRenewing = false

  constructor(connection: Connection, onLost: (reservation: Reservation) => void, record?: WorkRecord) {
    this.#connection = connection
    this.#onLost = onLost
    this.#record = record
  }

  /**
   * Reservations that the database was asked for at `renewedAt`, of `performance.now()`; answers which of them are still
   * the newest of their job.
   */
  add<T extends Reservation>(reservations: readonly T[], renewedAt: number): readonly T[] {
    const newest = reservations.filter((reservation) => {
      const other = this.#held.get(reservation.id)?.reservation
      // An answer that came so late that this process has claimed the job again meanwhile.
      if (other && other.attempts > reservation.attempts) return false
      this.#held.set(reservation.id, { reservation, renewedAt })
      // This process has claimed again what it had lost without knowing.
      if (other && other.attempts < reservation.attempts) this.#onLost(other)
      return true
    })
    this.#timer ??= setInterval(() => void this.#renewDue(), this.#intervalMs)
    this.#record?.hold(newest, () => this.#reservations())
    return newest
  }

  /** False for what was lost, and for what may be over by now: its answer was late, or this thread stood still. */
  isAlive(reservation: Reservation): boolean {
    const held = this.#heldOf(reservation)
    return held !== undefined && held.renewedAt > this.#oldestAlive
  }

  /** Their claims are about to be undone. */
  letGo(reservations: readonly Reservation[]): void {
    for (const reservation of reservations) this.drop(reservation)
    this.#record?.letGo(reservations)
  }

  drop(reservation: Reservation): void {
    if (this.#heldOf(reservation)) this.#held.delete(reservation.id)
    if (this.#held.size === 0) this.#rest()
  }

  /**
   * Answers false when the reservation is lost. A database that does not answer is not the job's fault: the reservation
   * is as good as it was, until it expires.
   */
  async renew(reservation: Reservation): Promise<boolean> {
    const held = this.#heldOf(reservation)
    const askedAt = performance.now()
    try {
      const lost = await this.#connection.renew([reservation])
      if (held && lost.length > 0) this.#lose(held)
      else if (held) hasRenewed(held, askedAt)
      return lost.length === 0
    } catch {
      this.#loseExpired()
      return held !== undefined && this.#heldOf(reservation) === held
    }
  }

  [Symbol.dispose](): void {
    this.#record?.close([...this.#reservations()])
    this.#held.clear()
    this.#rest()
  }

  #reservations(): Iterable<Reservation> {
    return this.#held.values().map(({ reservation }) => reservation)
  }

  #rest(): void {
    clearInterval(this.#timer)
    clearTimeout(this.#expiryTimer)
    this.#timer = undefined
    this.#expiryTimer = undefined
  }

  /** A second before `retryAfter`: the column has whole seconds. */
  get #oldestAlive(): number {
    return performance.now() - (this.#connection.retryAfterSeconds - 1) * 1000
  }

  get #intervalMs(): number {
    return renewalIntervalMs(this.#connection.retryAfterSeconds)
  }

  #heldOf({ id, attempts }: Reservation): Held | undefined {
    const held = this.#held.get(id)
    return held?.reservation.attempts === attempts ? held : undefined
  }

  async #renewDue(): Promise<void> {
    this.#watchExpiry()
    if (this.#isRenewing) return
    this.#isRenewing = true
    const askedAt = performance.now()
    const due = [...this.#held.values()].filter(({ renewedAt }) => askedAt - renewedAt >= this.#intervalMs / 2)
    try {
      const lost = due.length > 0 ? await this.#connection.renew(due.map(({ reservation }) => reservation)) : []
      const lostKeys = new Set(lost.map(keyOf))
      for (const held of due) {
        if (lostKeys.has(keyOf(held.reservation))) this.#lose(held)
        else hasRenewed(held, askedAt)
      }
    } catch {
      // A database that does not answer may answer the next time, as long as the reservations have not expired.
    } finally {
      this.#isRenewing = false
    }
  }

  /** A reservation ends when it does, also while its renewal is still not answered: a statement may take longer than that. */
  #watchExpiry(): void {
    const oldest = this.#held.values().reduce((least, { renewedAt }) => Math.min(least, renewedAt), Number.MAX_VALUE)
    const leftMs = oldest + this.#connection.retryAfterSeconds * 1000 - performance.now()
    if (leftMs > this.#intervalMs || this.#expiryTimer) return
    const end = () => {
      this.#expiryTimer = undefined
      this.#loseExpired()
    }
    // After a thread that stood still it is over already, and the renewal gets the time to be answered.
    this.#expiryTimer = setTimeout(end, leftMs > 0 ? leftMs : this.#intervalMs)
  }

  #loseExpired(): void {
    const oldest = performance.now() - this.#connection.retryAfterSeconds * 1000
    for (const held of [...this.#held.values()]) if (held.renewedAt <= oldest) this.#lose(held)
  }

  /** An answer may come when its claim was given back, and the job claimed again: that claim reads the same. */
  #lose(held: Held): void {
    const { reservation } = held
    if (this.#held.get(reservation.id) !== held) return
    this.drop(reservation)
    this.#onLost(reservation)
  }
}

interface Held {
  readonly reservation: Reservation
  /** Of `performance.now()`. */
  renewedAt: number
}

/** The database has counted from some moment between the question and the answer. */
function hasRenewed(held: Held, askedAt: number): void {
  held.renewedAt = Math.max(held.renewedAt, askedAt)
}

/** Two or three chances before a reservation expires, which may be a second early: the column has whole seconds. */
export function renewalIntervalMs(retryAfterSeconds: number): number {
  return Math.min(retryAfterSeconds / 3, (retryAfterSeconds - 1) / 2) * 1000
}
