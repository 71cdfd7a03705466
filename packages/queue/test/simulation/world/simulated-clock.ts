/**
 * Time that passes only when the simulation says so. The database's clock shows what a server's does, which somebody may
 * set; a process measures durations by a clock that only goes forward.
 */
export class SimulatedClock {
  #unixMs = 1_795_449_605_000
  #monotonicMs = 1_000

  /** What the database shows: whole unix seconds. */
  get unixSeconds(): number {
    return Math.floor(this.#unixMs / 1000)
  }

  /** The same with fractions. */
  get unixSecondsPrecise(): number {
    return this.#unixMs / 1000
  }

  /** What `performance.now()` answers. */
  get monotonicMs(): number {
    return this.#monotonicMs
  }

  pass(seconds: number): void {
    this.passMs(seconds * 1000)
  }

  passMs(ms: number): void {
    this.#monotonicMs += ms
    this.#unixMs += ms
  }

  /** Somebody sets the database's clock, forward or back; no time passes. */
  set(bySeconds: number): void {
    this.#unixMs += bySeconds * 1000
  }

  /** `performance.now()` is this clock until disposed. */
  install(): Disposable {
    const real = performance.now
    performance.now = () => this.#monotonicMs
    return {
      [Symbol.dispose]: () => {
        performance.now = real
      },
    }
  }
}
