/**
 * Lets a job that may have ended a process run while no other does, so that it is known if it does so again. Such jobs wait
 * for those that run, and while one waits or runs no other starts.
 */
export class Quarantine {
  /** Admitted, and not ended. */
  #running = 0
  #alone: PromiseWithResolvers<void> | undefined
  #onEnd: (() => void) | undefined

  /** Undefined when the job may start at once. Whoever is admitted has to tell its end. */
  admit(isSuspect: boolean): Promise<void> | undefined {
    if (isSuspect || this.#alone) return this.#wait(isSuspect)
    this.#running += 1
    return undefined
  }

  /** A job has ended, or does not start although it was admitted. */
  hasEnded(wasSuspect: boolean): void {
    this.#running -= 1
    if (wasSuspect) {
      this.#alone?.resolve()
      this.#alone = undefined
    }
    this.#onEnd?.()
  }

  async #wait(isSuspect: boolean): Promise<void> {
    while (this.#alone) await this.#alone.promise
    // From here on in the same turn: another one that waited must not be admitted between the look and the count.
    if (isSuspect) this.#alone = Promise.withResolvers()
    while (isSuspect && this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#onEnd = resolve
      })
    }
    this.#running += 1
  }
}
