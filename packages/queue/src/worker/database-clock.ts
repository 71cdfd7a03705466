import { toleratedSeconds } from '../clock.ts'
import type { Connection } from '../connection.ts'
import { ClockSkewError } from '../errors.ts'

const readAgainMs = 60_000

/**
 * The time by the clock of the queue's database, for what a worker decides by itself. It is read at times and goes on with
 * this machine's time since its start, which nobody sets. A clock of this process that is far from it is told once, until
 * it is right again: what the application dates may be due too early or too late.
 */
export class DatabaseClock implements Disposable {
  readonly #connection: Pick<Connection, 'now'>
  readonly #onSkew: (error: ClockSkewError) => void
  /** Of the database's clock to `performance.now()`, in milliseconds. */
  #offsetMs = Date.now() - performance.now()
  #isSkewed = false
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(connection: Pick<Connection, 'now'>, onSkew: (error: ClockSkewError) => void) {
    this.#connection = connection
    this.#onSkew = onSkew
  }

  /** Answers when the clock is read, or cannot be. */
  async start(): Promise<void> {
    await this.#read()
    if (this.#isClosed) return
    this.#timer = setTimeout(() => void this.start(), readAgainMs)
    this.#timer.unref()
  }

  /** Unix milliseconds. */
  now(): number {
    return performance.now() + this.#offsetMs
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  async #read(): Promise<void> {
    const sentAt = Date.now()
    const startedAt = performance.now()
    try {
      const nowMs = (await this.#connection.now()) * 1000
      const endedAt = performance.now()
      this.#offsetMs = nowMs - (startedAt + endedAt) / 2
      this.#compare(nowMs, { from: sentAt, to: sentAt + (endedAt - startedAt) })
    } catch {
      // Whoever claims meets the same trouble and tells of it.
    }
  }

  /** It was read at some moment between the two of our own clock. */
  #compare(nowMs: number, { from, to }: { readonly from: number; readonly to: number }): void {
    const skewMs = Math.max(nowMs - to, 0) + Math.min(nowMs - from, 0)
    const wasSkewed = this.#isSkewed
    this.#isSkewed = Math.abs(skewMs) > toleratedSeconds * 1000
    if (this.#isSkewed && !wasSkewed) this.#onSkew(new ClockSkewError(-skewMs / 1000))
  }
}
