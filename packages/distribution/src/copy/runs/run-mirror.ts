import type { CentralDatabase } from '../../database/open-central.ts'
import type { Receipt } from '../pages/receipt.ts'
import { mirrorCounts, mirrorLastCounts, type RunAttempt } from './run-attempts.ts'

/** People who look on see each change after this time at the latest. */
const everyMs = 250

/**
 * Shows in the central database how far a copy has come, beside the writing of its pages. The receipt is what counts: what
 * is shown may lag behind it.
 */
export class RunMirror {
  readonly #central: CentralDatabase
  readonly #attempt: RunAttempt
  #shownAt = Number.NEGATIVE_INFINITY
  #underway: Promise<void> = Promise.resolve()
  #hidden: Receipt | undefined

  constructor(central: CentralDatabase, attempt: RunAttempt) {
    this.#central = central
    this.#attempt = attempt
  }

  /** Throws what the one before met: `LeaseLostError` when the attempt was overtaken, `RunStoppedError` when it shall end. */
  async show(receipt: Receipt): Promise<void> {
    this.#hidden = receipt
    if (performance.now() - this.#shownAt < everyMs) return
    await this.settle()
    this.#shownAt = performance.now()
    this.#underway = this.#mirror(receipt)
    // Heard by the next one.
    this.#underway.catch(() => undefined)
  }

  /** Waits for what is under way. */
  settle(): Promise<void> {
    return this.#underway
  }

  /** Shows what is not shown yet, of an attempt that ends early, also when its run was stopped. */
  async showRest(): Promise<void> {
    await this.#underway.catch(() => undefined)
    if (this.#hidden) await mirrorLastCounts(this.#central, this.#attempt, this.#hidden).catch(() => undefined)
  }

  async #mirror(receipt: Receipt): Promise<void> {
    await mirrorCounts(this.#central, this.#attempt, receipt)
    if (this.#hidden === receipt) this.#hidden = undefined
  }
}
