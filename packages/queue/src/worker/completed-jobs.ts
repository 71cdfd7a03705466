import { type ClaimedJob, keyOf, type Reservation } from '../connection.ts'
import { mayBeDone } from '../errors.ts'
import type { AttemptInfo } from '../events.ts'
import type { Leases } from './lease.ts'

/** A job whose handler is done, and what is told of it once that is on disk. */
export interface CompletedAttempt {
  readonly job: ClaimedJob
  readonly info: AttemptInfo
  readonly durationMs: number
  /** Of a unique job. */
  readonly uniqueKey: string | undefined
}

export interface CompletedJobsSettings {
  readonly leases: Leases
  /** `wasCurrent` is false when another worker had the job by then. */
  readonly onAcknowledged: (ended: CompletedAttempt, wasCurrent: boolean) => void
}

/** Completed jobs of which the database was not told yet. */
export class CompletedJobs {
  readonly #settings: CompletedJobsSettings
  #waiting: CompletedAttempt[] = []
  /** Acknowledged without an answer: who is not there any more was most likely deleted by that. */
  readonly #unsure = new Set<string>()

  constructor(settings: CompletedJobsSettings) {
    this.#settings = settings
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  add(ended: CompletedAttempt): void {
    this.#waiting.push(ended)
  }

  takeAll(): readonly CompletedAttempt[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }

  /** Undefined for one that is not here any more. */
  take(job: Reservation): CompletedAttempt | undefined {
    const index = this.#waiting.findIndex((ended) => keyOf(ended.job) === keyOf(job))
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0]
  }

  /** No good answer came. */
  putBack(completed: readonly CompletedAttempt[], error: unknown): void {
    this.#waiting.unshift(...completed)
    if (mayBeDone(error)) for (const { job } of completed) this.#unsure.add(keyOf(job))
  }

  /** The database was told, and had some of them no more. */
  acknowledge(completed: readonly CompletedAttempt[], lost: readonly Reservation[]): void {
    const lostKeys = new Set(lost.map(keyOf))
    for (const ended of completed) {
      this.#settings.leases.drop(ended.job)
      const wasUnsure = this.#unsure.size > 0 && this.#unsure.delete(keyOf(ended.job))
      const isLost = lostKeys.size > 0 && lostKeys.has(keyOf(ended.job))
      this.#settings.onAcknowledged(ended, wasUnsure || !isLost)
    }
  }
}
