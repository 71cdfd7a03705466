import { AsyncLocalStorage } from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'
import timersPromises from 'node:timers/promises'
import type { SimulatedClock } from './simulated-clock.ts'
import type { SimulatedProcess } from './simulated-process.ts'

interface Timer {
  readonly number: number
  readonly process: SimulatedProcess
  readonly life: string
  readonly callback: () => void
  /** Undefined for a timer that fires once. */
  readonly repeatMs: number | undefined
  /** Of the clock that only goes forward. */
  at: number
}

const engineImmediate = setImmediate

/** Everything that can be done without a timer, a statement or an answer is done when it answers. */
export function realTurn(): Promise<void> {
  return new Promise((resolve) => {
    engineImmediate(resolve)
  })
}

/**
 * The timers of all simulated processes. Each belongs to the process in whose code it was made: it waits while that one
 * stands still, and is gone with its death. Nothing fires but by `fireNext`.
 */
export class SimulatedTimers {
  readonly #clock: SimulatedClock
  readonly #running = new AsyncLocalStorage<SimulatedProcess>()
  readonly #timers = new Map<number, Timer>()
  #made = 0

  constructor(clock: SimulatedClock) {
    this.#clock = clock
  }

  /** Everything that follows from `program` is the process's. */
  runIn<T>(process: SimulatedProcess, program: () => T): T {
    return this.#running.run(process, program)
  }

  /**
   * Lets time pass to the next timer, lets it fire and lets its process do all that it can do then. Answers false, with the
   * time passed to `untilMs`, when there is none before.
   */
  async fireNext(untilMs: number): Promise<boolean> {
    const next = this.#next()
    const at = Math.min(untilMs, Math.max(this.#clock.monotonicMs, next?.at ?? Number.POSITIVE_INFINITY))
    this.#clock.passMs(at - this.#clock.monotonicMs)
    if (!next || next.at > untilMs) return false
    if (next.repeatMs === undefined) this.#timers.delete(next.number)
    else next.at = this.#clock.monotonicMs + next.repeatMs
    next.callback()
    await realTurn()
    return true
  }

  /** Until disposed these are the timers of the engine, for everybody in this thread. */
  install(): Disposable {
    const engine = { setTimeout, setInterval, clearTimeout, clearInterval }
    const engineNow = Date.now
    const promises = { setTimeout: timersPromises.setTimeout, setImmediate: timersPromises.setImmediate }
    Date.now = () => this.#clock.unixSecondsPrecise * 1000
    Object.assign(globalThis, this.#globals())
    Object.assign(timersPromises, this.#promises())
    syncBuiltinESMExports()
    return {
      [Symbol.dispose]: () => {
        Date.now = engineNow
        Object.assign(globalThis, engine)
        Object.assign(timersPromises, promises)
        syncBuiltinESMExports()
      },
    }
  }

  /** Of those whose process is alive and runs, the one that is due first. */
  #next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers.values()) {
      if (timer.process.life !== timer.life) this.#timers.delete(timer.number)
      else if (!timer.process.isPaused && (!first || timer.at < first.at)) first = timer
    }
    return first
  }

  #add(callback: () => void, ms: number, repeatMs?: number): TimerHandle {
    const process = this.#running.getStore()
    if (!process) throw new Error('A timer was made by no simulated process.')
    this.#made += 1
    const number = this.#made
    const at = this.#clock.monotonicMs + Math.max(0, ms)
    const bound = AsyncLocalStorage.bind(callback)
    this.#timers.set(number, { number, process, life: process.life, callback: bound, repeatMs, at })
    return new TimerHandle(number)
  }

  #clear(handle: unknown): void {
    if (handle instanceof TimerHandle) this.#timers.delete(handle.number)
  }

  #globals() {
    return {
      setTimeout: (callback: () => void, ms = 1) => this.#add(callback, ms),
      setInterval: (callback: () => void, ms = 1) => this.#add(callback, ms, Math.max(1, ms)),
      clearTimeout: (handle: unknown) => this.#clear(handle),
      clearInterval: (handle: unknown) => this.#clear(handle),
    }
  }

  #promises() {
    return {
      setTimeout: (ms = 1, value?: unknown, options: { readonly signal?: AbortSignal } = {}) =>
        this.#wait(ms, value, options.signal),
      setImmediate: () => this.#wait(0, undefined, undefined),
    }
  }

  #wait(ms: number, value: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const giveUp = () => {
      this.#clear(handle)
      reject(signal?.reason)
    }
    const handle = this.#add(() => {
      signal?.removeEventListener('abort', giveUp)
      resolve(value)
    }, ms)
    if (signal?.aborted) giveUp()
    else signal?.addEventListener('abort', giveUp, { once: true })
    return promise
  }
}

/** What the engine answers of a timer, as far as the queue uses it. */
class TimerHandle {
  readonly number: number

  constructor(number: number) {
    this.number = number
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
