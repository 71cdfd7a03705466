import { ApplicationError } from '../errors.ts'

/** A bound on how many stores' databases a process has open; who comes late waits, the first of them first. */
export class OpenSlots {
  readonly #waiting = new Set<() => void>()
  #free: number

  constructor(most: number) {
    this.#free = most
  }

  /** Answers what gives the slot back. Throws `StoresBusyError` when none was free within these seconds. */
  async take(waitSeconds: number): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1
    else await this.#wait(waitSeconds)
    return () => this.#release()
  }

  #wait(waitSeconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(enter)
        reject(new StoresBusyError(waitSeconds))
      }
      const timer = Number.isFinite(waitSeconds) ? setTimeout(giveUp, waitSeconds * 1000) : undefined
      const enter = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#waiting.add(enter)
    })
  }

  /** The slot goes from hand to hand: nobody who comes now is faster than those who wait. */
  #release(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#free += 1
      return
    }
    this.#waiting.delete(next)
    next()
  }
}

export class StoresBusyError extends ApplicationError {
  readonly code = 'STORES_BUSY'

  constructor(seconds: number) {
    super({
      es: `Hay demasiadas bases de datos de tiendas abiertas en este proceso: en ${seconds} s no se liberó ninguna. Intente de nuevo.`,
      en: `Too many stores' databases are open in this process: none was closed within ${seconds} s. Try again.`,
    })
  }
}
