import { graceMs } from '../attempt/handler-run.ts'
import { renewalIntervalMs } from '../worker/lease.ts'
import { isStopped, residentMegabytes } from './process-identity.ts'
import { type RecordedRun, sharedNow } from './record-format.ts'
import type { LiveRecord } from './record-reader.ts'
import type { KillReason } from './runner-process.ts'

/** The handler heard its signal, and had its grace; who still runs then does not heed it, or its thread stands still. */
const timeoutGraceMs = graceMs + 500

/** Looks come several times a second, unless this process itself gets no turn. */
const awayMs = 2_000

/** Of the clock that the processes share. */
interface Stop {
  readonly from: number
  readonly until: number
}

/** Looks after one runner from outside, where a thread that stands still does not stop the watch. */
export class Watchdog {
  readonly #pid: number
  readonly #maxMegabytes: number
  /** When it was first seen so, since this process has looked without a break. */
  #stoppedSince: number | undefined
  /** The last look before. */
  #stopFrom: number | undefined
  /** Those that are over, since the first of the jobs that run began. */
  #stops: readonly Stop[] = []
  #lookedAt = sharedNow()

  /** 0 megabytes: without limit. */
  constructor(pid: number, maxMegabytes: number) {
    this.#pid = pid
    this.#maxMegabytes = maxMegabytes
  }

  /** Memory can be taken at a gigabyte a second, so this is asked often. */
  lookAtMemory(): KillReason | undefined {
    if (this.#maxMegabytes === 0) return undefined
    const megabytes = residentMegabytes(this.#pid) ?? 0
    return megabytes > this.#maxMegabytes ? { kind: 'memory', megabytes: this.#maxMegabytes } : undefined
  }

  lookAtJobs(record: LiveRecord): KillReason | undefined {
    this.#lookAtStops(record)
    if (this.#stoppedSince !== undefined) {
      const isAtStandstill = sharedNow() - this.#stoppedSince > record.header.retryAfterSeconds * 1000
      return isAtStandstill ? { kind: 'standstill' } : undefined
    }
    const late = lateRun(record, this.#stops)
    return late && { kind: 'timeout', reservation: late.reservation, seconds: late.timeoutSeconds }
  }

  /**
   * What happened between two looks is not known: nobody is to pay for that it was seen late. After this process stood still
   * itself, as all do when a whole group is stopped, the other one may go on in a moment.
   */
  #lookAtStops({ runs }: LiveRecord): void {
    const now = sharedNow()
    const wasAway = now - this.#lookedAt > awayMs
    if (isStopped(this.#pid)) {
      this.#stopFrom ??= this.#lookedAt
      if (this.#stoppedSince === undefined || wasAway) this.#stoppedSince = now
    } else {
      const from = this.#stopFrom ?? (wasAway ? this.#lookedAt : undefined)
      if (from !== undefined) this.#stops = [...this.#stops, { from, until: now }]
      this.#stopFrom = undefined
      this.#stoppedSince = undefined
    }
    this.#stops = this.#stops.filter(({ until }) => runs.some(({ startedAt }) => startedAt < until))
    this.#lookedAt = now
  }

  /**
   * True when its thread has had no turn for so long that it cannot have renewed its reservations: a job computes. Who was
   * stopped is not helped, because others may have its jobs.
   */
  mustRenew({ runs, tendedAt, header }: LiveRecord): boolean {
    const isBehind = sharedNow() - tendedAt > renewalIntervalMs(header.retryAfterSeconds)
    return runs.length > 0 && isBehind && this.#stoppedSince === undefined
  }
}

/** A job that goes on after its timeout, to which it does not count that its process was stopped. */
export function lateRun({ runs }: LiveRecord, stops: readonly Stop[] = []): RecordedRun | undefined {
  const now = sharedNow()
  return runs.find(({ startedAt, timeoutSeconds }) => {
    const stoppedMs = stops.reduce((sum, { from, until }) => sum + Math.max(0, until - Math.max(from, startedAt)), 0)
    return timeoutSeconds > 0 && now - startedAt - stoppedMs > timeoutSeconds * 1000 + timeoutGraceMs
  })
}
