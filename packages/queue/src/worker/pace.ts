/** So much work is kept at hand: enough to hide the way to the database, too little to keep it from other workers. */
const holdSeconds = 0.25
const maxHeld = 4_000
const firstWindowMs = 5
const lastWindowMs = 100

/**
 * How many jobs to keep at hand, learnt from how fast they end. Only time in which a job runs counts, so that waiting for
 * the database does not look like slow work. The first estimate comes soon, later ones over a longer time.
 */
export class Pace {
  #running = 0
  #runningSince = 0
  #busyMs = 0
  #ended = 0
  #windowSince = 0
  #windowMs = firstWindowMs
  #perSecond = 0

  /** `now` of `performance.now()`. */
  start(now: number): void {
    if (this.#running === 0) this.#runningSince = now
    if (this.#windowSince === 0) this.#windowSince = now
    this.#running += 1
  }

  end(now: number): void {
    this.#busyMs += now - this.#runningSince
    this.#runningSince = now
    this.#running -= 1
    this.#ended += 1
    if (now - this.#windowSince >= this.#windowMs) this.#estimate(now)
  }

  /** Jobs to have claimed beyond those that run. */
  get held(): number {
    return Math.min(maxHeld, Math.floor(this.#perSecond * holdSeconds))
  }

  /** What was learnt does not hold any more. */
  forget(): void {
    this.#perSecond = 0
    this.#windowMs = firstWindowMs
  }

  #estimate(now: number): void {
    this.#perSecond = (this.#ended / Math.max(this.#busyMs, 0.05)) * 1000
    this.#ended = 0
    this.#busyMs = 0
    this.#windowSince = now
    this.#windowMs = Math.min(this.#windowMs * 2, lastWindowMs)
  }
}
