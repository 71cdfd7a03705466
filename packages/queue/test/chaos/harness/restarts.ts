import type { LedgerEntry } from './ledger.ts'
import type { Run } from './runs.ts'

/** Why a job ran again; undefined when nothing that happened explains it. */
export type Reason = 'asked' | 'killed' | 'stopped' | 'stalled' | 'slow database'

/** The faults of a ledger, for the question why a job ran again. */
export class Faults {
  readonly #signals: readonly Extract<LedgerEntry, { readonly event: 'signal' }>[]
  readonly #stalls: readonly Delay[]
  readonly #slowRenewals: readonly Delay[]

  constructor(entries: readonly LedgerEntry[]) {
    this.#signals = entries.filter((entry) => entry.event === 'signal')
    this.#stalls = entries.filter((entry) => entry.event === 'stall')
    this.#slowRenewals = entries.filter((entry) => entry.event === 'slow-renewal')
  }

  /**
   * Each re-start by name: the attempt before it ended in a wish to run again, or its process was killed, stopped or stood
   * still before the job had ended, or could not renew its reservation. What ended well must not run again, whatever happened to its process later.
   */
  reasonFor(previous: Run, next: Run): Reason | undefined {
    if (isOver(previous)) return undefined
    // Told or not: its process may have been killed between the write and the telling.
    if (hasAskedFor(next, previous)) return 'asked'
    // A runner whose parent alone was killed is alive, and has its jobs. Who is killed may begin with a job between the line that tells of it and the signal.
    if (this.#wasHit('SIGKILL', previous, { before: next.startedAt })) return 'killed'
    if (this.#wasHit('SIGSTOP', previous, { after: previous.startedAt - 100, before: next.startedAt })) return 'stopped'
    if (isAmong(this.#stalls, previous, next)) return 'stalled'
    return isAmong(this.#slowRenewals, previous, next) ? 'slow database' : undefined
  }

  #wasHit(signal: NodeJS.Signals, { pid }: Run, { after = 0, before }: Period): boolean {
    return this.#signals.some(
      (entry) => entry.signal === signal && entry.hit.includes(pid) && entry.t >= after && entry.t <= before,
    )
  }
}

function isOver({ told, effectAt }: Run): boolean {
  return told === 'done' || told === 'failed' || effectAt !== undefined
}

function hasAskedFor(next: Run, { how, endedAt = Number.POSITIVE_INFINITY }: Run): boolean {
  return (how === 'threw' || how === 'released') && endedAt < next.startedAt
}

type Delay = LedgerEntry & { readonly ms: number }

/** A delay of the first process that was there before the second run began; it is told when it is over. */
function isAmong(delays: readonly Delay[], { pid, startedAt }: Run, next: Run): boolean {
  return delays.some((delay) => delay.pid === pid && delay.t >= startedAt && delay.t - delay.ms <= next.startedAt)
}

/** Of the machine's clock, in milliseconds. */
interface Period {
  readonly after?: number
  readonly before: number
}
