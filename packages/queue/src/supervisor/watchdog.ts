import { graceMs } from '../handler-run.ts'
import { renewalIntervalMs } from '../lease.ts'
import { isStopped, residentMegabytes } from './process-identity.ts'
import { type RecordedRun, sharedNow } from './record-format.ts'
import type { LiveRecord } from './record-reader.ts'
import type { KillReason } from './runner-process.ts'

/** The handler heard its signal, and had its grace; who still runs then does not heed it, or its thread stands still. */
const timeoutGraceMs = graceMs + 500

/** Looks after one runner from outside, where a thread that stands still does not stop the watch. */
export class Watchdog {
  readonly #pid: number
  readonly #maxMegabytes: number
  #stoppedSince: number | undefined

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
    const late = lateRun(record)
    if (late) return { kind: 'timeout', reservation: late.reservation, seconds: late.timeoutSeconds }
    const now = sharedNow()
    this.#stoppedSince = isStopped(this.#pid) ? (this.#stoppedSince ?? now) : undefined
    const isAtStandstill =
      this.#stoppedSince !== undefined && now - this.#stoppedSince > record.header.retryAfterSeconds * 1000
    return isAtStandstill ? { kind: 'standstill' } : undefined
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

/** A job that goes on after its timeout. */
export function lateRun({ runs }: LiveRecord): RecordedRun | undefined {
  const now = sharedNow()
  return runs.find(
    ({ startedAt, timeoutSeconds }) => timeoutSeconds > 0 && now - startedAt > timeoutSeconds * 1000 + timeoutGraceMs,
  )
}
