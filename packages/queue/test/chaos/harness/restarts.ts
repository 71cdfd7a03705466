import type { AttemptEnd, LedgerEntry } from './ledger.ts'
import type { Run } from './runs.ts'

/** Why a job ran again; undefined when nothing that happened explains it. */
export type Reason = 'asked' | 'given back' | 'killed' | 'stopped' | 'stalled' | 'slow database'

/** Who is killed or stopped may begin with a job between the line that tells of it and the signal. */
const beginningMs = 100
/** Nobody outlives a kill, so that is the time a busy machine takes to send it. */
const killingMs = 2_000
/** Until what is over is found: the next look, and its answer. */
const foundSeconds = 2

/** The faults of a ledger, for the question why a job ran again. */
export class Faults {
  readonly #signals: readonly Extract<LedgerEntry, { readonly event: 'signal' }>[]
  readonly #stalls: readonly Delay[]
  readonly #slowRenewals: readonly Delay[]
  readonly #leaseMs: number

  /** `retryAfter` in seconds. */
  constructor(entries: readonly LedgerEntry[], retryAfter: number) {
    this.#leaseMs = (retryAfter + foundSeconds) * 1000
    this.#signals = entries.filter((entry) => entry.event === 'signal')
    this.#stalls = entries.filter((entry) => entry.event === 'stall')
    this.#slowRenewals = entries.filter((entry) => entry.event === 'slow-renewal')
  }

  /**
   * Each re-start by name: the attempt before it ended in a wish to run again or was given back, or its process was
   * killed, stopped or stood still before the job had ended, or could not renew its reservation. What ended well must not
   * run again, whatever happened to its process later.
   */
  reasonFor(previous: Run, next: Run): Reason | undefined {
    if (isOver(previous)) return undefined
    if (wasTold('given-back', previous, next)) return 'given back'
    // Told or not: its process may have been killed between the write and the telling.
    if (hasAskedFor(next, previous)) return 'asked'
    // A runner whose parent alone was killed is alive, and has its jobs.
    const before = next.startedAt
    if (this.#wasHit('SIGKILL', previous, { after: previous.startedAt - killingMs, before })) return 'killed'
    if (this.#wasHit('SIGSTOP', previous, { after: previous.startedAt - beginningMs, before })) return 'stopped'
    if (this.#isAmong(this.#stalls, previous, next)) return 'stalled'
    return this.#isAmong(this.#slowRenewals, previous, next) ? 'slow database' : undefined
  }

  #wasHit(signal: NodeJS.Signals, { pid }: Run, { after, before }: Period): boolean {
    return this.#signals.some(
      (entry) => entry.signal === signal && entry.hit.includes(pid) && entry.t >= after && entry.t <= before,
    )
  }

  /**
   * A delay of the first process, in the time of the reservation that was over when the second run began: one that was
   * renewed after it is none. It is told when it is over.
   */
  #isAmong(delays: readonly Delay[], { pid, startedAt }: Run, next: Run): boolean {
    const since = Math.max(startedAt, next.startedAt - this.#leaseMs)
    return delays.some((delay) => delay.pid === pid && delay.t >= since && delay.t - delay.ms <= next.startedAt)
  }
}

function isOver({ told, effectAt }: Run): boolean {
  return told === 'done' || told === 'failed' || effectAt !== undefined
}

function hasAskedFor(next: Run, previous: Run): boolean {
  const { how, endedAt = Number.POSITIVE_INFINITY } = previous
  // A handler that goes on after its timeout ends later than its attempt.
  if (wasTold('released', previous, next)) return true
  return (how === 'threw' || how === 'released') && endedAt < next.startedAt
}

function wasTold(end: AttemptEnd, { told, toldAt = Number.POSITIVE_INFINITY }: Run, next: Run): boolean {
  return told === end && toldAt < next.startedAt
}

type Delay = LedgerEntry & { readonly ms: number }

/** Of the machine's clock, in milliseconds. */
interface Period {
  readonly after: number
  readonly before: number
}
