import type { Connection, Reservation } from './connection.ts'
import type { WorkRecord } from './work-record.ts'

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
    const held = this.#held.get(reservation.id)
    return held?.reservation.attempts === reservation.attempts && held.renewedAt > this.#oldestAlive
  }

  /** Their claims are about to be undone. */
  letGo(reservations: readonly Reservation[]): void {
    for (const reservation of reservations) this.drop(reservation)
    this.#record?.letGo(reservations)
  }

  drop(reservation: Reservation): void {
    if (this.#isHeld(reservation)) this.#held.delete(reservation.id)
    if (this.#held.size === 0) this.#rest()
  }

  /**
   * Answers false when the reservation is lost. A database that does not answer is not the job's fault: the reservation
   * is as good as it was, until it expires.
   */
  async renew(reservation: Reservation): Promise<boolean> {
    try {
      const lost = await this.#connection.renew([reservation])
      const held = this.#held.get(reservation.id)
      if (lost.length > 0) this.#lose(reservation)
      else if (held && this.#isHeld(reservation)) held.renewedAt = performance.now()
      return lost.length === 0
    } catch {
      this.#loseExpired()
      return this.#isHeld(reservation)
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

  #isHeld({ id, attempts }: Reservation): boolean {
    return this.#held.get(id)?.reservation.attempts === attempts
  }

  async #renewDue(): Promise<void> {
    this.#watchExpiry()
    if (this.#isRenewing) return
    this.#isRenewing = true
    const startedAt = performance.now()
    const due = [...this.#held.values()].filter(({ renewedAt }) => startedAt - renewedAt >= this.#intervalMs / 2)
    try {
      const lost = due.length > 0 ? await this.#connection.renew(due.map(({ reservation }) => reservation)) : []
      for (const held of due) held.renewedAt = startedAt
      this.#record?.renewed()
      for (const reservation of lost) this.#lose(reservation)
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
    for (const { reservation, renewedAt } of [...this.#held.values()]) if (renewedAt <= oldest) this.#lose(reservation)
  }

  #lose(reservation: Reservation): void {
    if (!this.#isHeld(reservation)) return
    this.drop(reservation)
    this.#onLost(reservation)
  }
}

interface Held {
  readonly reservation: Reservation
  /** Of `performance.now()`. */
  renewedAt: number
}

/** Two or three chances before a reservation expires, which may be a second early: the column has whole seconds. */
export function renewalIntervalMs(retryAfterSeconds: number): number {
  return Math.min(retryAfterSeconds / 3, (retryAfterSeconds - 1) / 2) * 1000
}

/** Tells one claim of a job from another claim of it. */
export function keyOf({ id, attempts }: Reservation): string {
  return `${id}/${attempts}`
}
