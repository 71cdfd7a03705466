import type { CentralDatabase } from '../../database/open-central.ts'
import type { Receipt } from '../pages/receipt.ts'
import { mirrorCounts, mirrorLastCounts, type RunAttempt } from './run-attempts.ts'

/** People who look on see each change after this time at the latest; a copy that is over before is seen when it has ended. */
const everyMs = 250

/**
 * Shows in the central database how far a copy has come, beside the writing of its pages. The receipt is what counts: what
 * is shown may lag behind it.
 */
export class RunMirror implements Disposable {
  readonly #central: CentralDatabase
  readonly #attempt: RunAttempt
  #shownAt = performance.now()
  #underway: Promise<void> = Promise.resolve()
  #hidden: Receipt | undefined
  #timer: NodeJS.Timeout | undefined
  /** Why nothing can be shown any more. */
  #refusal: { readonly error: unknown } | undefined

  constructor(central: CentralDatabase, attempt: RunAttempt) {
    this.#central = central
    this.#attempt = attempt
  }

  /**
   * Waits for nothing. Throws what was met when something was shown before: `LeaseLostError` when the attempt was overtaken,
   * `RunStoppedError` when it shall end; the rest is then what was given last.
   */
  show(receipt: Receipt): void {
    this.note(receipt)
    this.#throwRefusal()
    const waitMs = Math.max(1, this.#shownAt + everyMs - performance.now())
    this.#timer ??= setTimeout(() => this.#showHidden(), waitMs)
  }

  /** Is to be shown with the rest, if an attempt ends early. */
  note(receipt: Receipt): void {
    this.#hidden = receipt
  }

  /** Waits for what is under way, and throws as `show` does; what is not shown yet stays hidden. */
  async settle(): Promise<void> {
    await this.#rest()
    this.#throwRefusal()
  }

  /** Shows what is not shown yet, of an attempt that ends early, also when its run was stopped. */
  async showRest(): Promise<void> {
    await this.#rest()
    if (this.#hidden) await mirrorLastCounts(this.#central, this.#attempt, this.#hidden).catch(() => undefined)
  }

  /** Shows nothing more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #throwRefusal(): void {
    if (this.#refusal) throw this.#refusal.error
  }

  async #rest(): Promise<void> {
    this[Symbol.dispose]()
    await this.#underway
  }

  #showHidden(): void {
    this.#timer = undefined
    this.#shownAt = performance.now()
    const receipt = this.#hidden
    if (!receipt) return
    this.#underway = this.#underway
      .then(() => this.#mirror(receipt))
      .catch((error: unknown) => {
        this.#refusal = { error }
      })
  }

  async #mirror(receipt: Receipt): Promise<void> {
    await mirrorCounts(this.#central, this.#attempt, receipt)
    if (this.#hidden === receipt) this.#hidden = undefined
  }
}
