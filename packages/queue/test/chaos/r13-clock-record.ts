import { type LedgerEntry, machineMs } from './harness/ledger.ts'

/** What a clock showed, and when, in milliseconds of the machine's monotonic clock, which nothing fakes. */
export interface Reading {
  readonly t: number
  readonly unixMs: number
}

/** What a clock had to show, in seconds ahead of the clock of this process. */
export interface Plan {
  readonly begins: number
  /** From `jumpedAt` on. */
  readonly jumpsTo?: number | undefined
  readonly jumpedAt: number
  /** A unix second that it had to reach. */
  readonly boundary?: number | undefined
}

/** Seconds. A clock is read a moment before or after it is written down, on a machine that is busy. */
const inexact = 3

/** What clocks really showed to whoever reads them: a library that fakes time may not be there, or not be heeded. */
export class ClockRecord {
  readonly #readings: readonly Reading[]
  readonly #what: string

  constructor(what: string, readings: readonly Reading[]) {
    this.#what = what
    this.#readings = readings
  }

  /** Sentences that say where it did not show what it had to. */
  problemsWith({ begins, jumpsTo, jumpedAt, boundary }: Plan): readonly string[] {
    const before = this.#readings.filter(({ t }) => t < jumpedAt)
    // A clock is read before it is written down, so that a reading soon after the jump may be of either.
    const after = this.#readings.filter(({ t }) => t > jumpedAt + 500)
    const problems = [...this.#wrong(before, begins), ...this.#wrong(after, jumpsTo ?? begins)]
    const last = Math.max(...this.#readings.map(({ unixMs }) => unixMs)) / 1000
    if (boundary !== undefined && last < boundary) problems.push(`${this.#what} never came to ${boundary}.`)
    return problems
  }

  #wrong(readings: readonly Reading[], ahead: number): readonly string[] {
    if (readings.length === 0) return [`Nobody read ${this.#what}, which had to be ${ahead} seconds ahead.`]
    const seen = readings.map(secondsAhead).find((seconds) => Math.abs(seconds - ahead) > inexact)
    return seen === undefined ? [] : [`${this.#what} was ${seen.toFixed(1)} seconds ahead, not ${ahead}.`]
  }
}

/** Of those processes whose number is asked for, as they read it themselves. */
export function clockOfProcesses(
  what: string,
  entries: readonly LedgerEntry[],
  isAsked: (pid: number) => boolean,
): ClockRecord {
  return new ClockRecord(
    what,
    entries.flatMap((entry) => (entry.event === 'clock' && isAsked(entry.pid) ? [entry] : [])),
  )
}

function secondsAhead({ t, unixMs }: Reading): number {
  return (unixMs - t - (Date.now() - machineMs())) / 1000
}
