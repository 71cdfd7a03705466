import { sharedNow } from './record-format.ts'
import { onSignals } from './stop-signals.ts'

/** What was missed is known to a beat. */
const beatMs = 250

/**
 * Counts how long signals have kept this process stopped. Nobody tells it when that began: it was after the last beat before
 * the signal to go on. A job that holds the thread delays the beat as well, but no such signal follows, so its time counts.
 */
export class Standstill implements Disposable {
  #beatAt = sharedNow()
  #totalMs = 0
  readonly #timer: NodeJS.Timeout
  readonly #stopHearing: () => void

  constructor() {
    const beat = () => {
      this.#beatAt = sharedNow()
    }
    // After a stop the timer is over before the signal is heard, which needs to know of the beat before.
    this.#timer = setInterval(() => setImmediate(beat), beatMs)
    this.#timer.unref()
    this.#stopHearing = onSignals(['SIGCONT'], () => this.#goOn())
  }

  get totalMs(): number {
    return this.#totalMs
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#stopHearing()
  }

  #goOn(): void {
    const missedMs = sharedNow() - this.#beatAt
    this.#beatAt += missedMs
    // The same signal also tells a worker that runs to take jobs again.
    if (missedMs > 2 * beatMs) this.#totalMs += missedMs
  }
}
