import type { WorkRecord } from '../work-record.ts'

/** Calls after so many milliseconds, not counting those in which a signal had stopped the process; not once it is disposed of. */
export function awakeTimeout(callback: () => void, ms: number, record: WorkRecord | undefined): Disposable {
  const { stoodStillMs } = record ?? {}
  if (stoodStillMs) return new AwakeTimeout(callback, ms, stoodStillMs)
  const timer = setTimeout(callback, ms)
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}

class AwakeTimeout implements Disposable {
  readonly #callback: () => void
  readonly #stoodStillMs: () => number
  /** When the timer was set. */
  #stoodStillBefore: number
  #timer: NodeJS.Timeout
  #look: NodeJS.Immediate | undefined

  constructor(callback: () => void, ms: number, stoodStillMs: () => number) {
    this.#callback = callback
    this.#stoodStillMs = stoodStillMs
    this.#stoodStillBefore = stoodStillMs()
    this.#timer = this.#set(ms)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#look)
  }

  #set(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      // In the turn after a stop timers come first, and only then the signal that tells of it.
      this.#look = setImmediate(() => this.#callUnlessStopped())
    }, ms)
  }

  #callUnlessStopped(): void {
    const stoodStillMs = this.#stoodStillMs()
    const missedMs = stoodStillMs - this.#stoodStillBefore
    this.#stoodStillBefore = stoodStillMs
    if (missedMs > 0) this.#timer = this.#set(missedMs)
    else this.#callback()
  }
}
