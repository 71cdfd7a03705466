import { graceMs } from '../handler-run.ts'
import { renewalIntervalMs } from '../lease.ts'
import { isStopped, residentMegabytes } from './process-identity.ts'
import { type RecordedRun, sharedNow } from './record-format.ts'
import type { LiveRecord } from './record-reader.ts'
import type { KillReason } from './runner-process.ts'

/** The handler heard its signal, and had its grace; who still runs then does not heed it, or its thread stands still. */
const timeoutGraceMs = graceMs + 500

/** Of the clock that the processes share. */
interface Stop {
  readonly from: number
  readonly until: number
}

/** Looks after one runner from outside, where a thread that stands still does not stop the watch. */
export class Watchdog {
  readonly #pid: number
  readonly #maxMegabytes: number
  #stoppedSince: number | undefined
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

  /** It was stopped and went on between two looks: nobody is to pay for that it was seen late. */
  #lookAtStops({ runs }: LiveRecord): void {
    const now = sharedNow()
    if (isStopped(this.#pid)) this.#stoppedSince ??= this.#lookedAt
    else if (this.#stoppedSince !== undefined) {
      this.#stops = [...this.#stops, { from: this.#stoppedSince, until: now }]
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
