/**
 * Lets a job that may have ended a process run while no other does, so that it is known if it does so again. Such jobs wait
 * for those that run, and while one waits or runs no other starts.
 */
export class Quarantine {
  readonly #running: () => number
  #alone: PromiseWithResolvers<void> | undefined
  #onEnd: (() => void) | undefined

  /** `running` answers how many jobs run. */
  constructor(running: () => number) {
    this.#running = running
  }

  /** Undefined when the job may start at once. */
  admit(isSuspect: boolean): Promise<void> | undefined {
    return isSuspect || this.#alone ? this.#wait(isSuspect) : undefined
  }

  /** A job has ended, and `running` says so. */
  hasEnded(wasSuspect: boolean): void {
    if (wasSuspect) {
      this.#alone?.resolve()
      this.#alone = undefined
    }
    this.#onEnd?.()
  }

  async #wait(isSuspect: boolean): Promise<void> {
    while (this.#alone) await this.#alone.promise
    if (!isSuspect) return
    this.#alone = Promise.withResolvers()
    while (this.#running() > 0) {
      await new Promise<void>((resolve) => {
        this.#onEnd = resolve
      })
    }
  }
}
