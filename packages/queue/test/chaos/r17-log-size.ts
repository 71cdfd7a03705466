import { statSync } from 'node:fs'

/** Looks at the size of a file's log all the time. */
export class LogSize implements Disposable {
  readonly #path: string
  readonly #timer: NodeJS.Timeout
  #most = 0

  constructor(place: string) {
    this.#path = `${place}-wal`
    this.#timer = setInterval(() => this.now, 10)
  }

  /** In megabytes. */
  get now(): number {
    const bytes = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0
    this.#most = Math.max(this.#most, bytes)
    return Math.round(bytes / 1e5) / 10
  }

  /** In megabytes. */
  get most(): number {
    return Math.round(this.#most / 1e5) / 10
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
