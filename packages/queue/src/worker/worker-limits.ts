import type { StopReason } from './stop-reason.ts'
import type { WorkerOptions } from './worker-options.ts'

const memoryCheckMs = 50

/** What a worker was told not to exceed: jobs, time and memory. */
export class WorkerLimits {
  readonly #options: Required<WorkerOptions>
  readonly #startedAt = performance.now()
  #memoryCheckedAt = Number.NEGATIVE_INFINITY

  constructor(options: Required<WorkerOptions>) {
    this.#options = options
  }

  /** Jobs that may be started in all. */
  get jobs(): number {
    if (this.#options.once) return 1
    return this.#options.maxJobs || Number.POSITIVE_INFINITY
  }

  get untilMaxTimeMs(): number {
    const { maxTime } = this.#options
    if (maxTime === 0) return Number.POSITIVE_INFINITY
    return maxTime * 1000 - (performance.now() - this.#startedAt)
  }

  /** The limit that is reached after so many jobs. */
  reached(processed: number): StopReason | undefined {
    const { once, memory, maxJobs } = this.#options
    if (once && processed > 0) return 'once'
    if (memory > 0 && this.#usesMoreThan(memory)) return 'memory'
    if (this.untilMaxTimeMs <= 0) return 'max_time'
    return maxJobs > 0 && processed >= maxJobs ? 'max_jobs' : undefined
  }

  /** Asking the engine takes longer than a short job. */
  #usesMoreThan(megabytes: number): boolean {
    const now = performance.now()
    if (now - this.#memoryCheckedAt < memoryCheckMs) return false
    this.#memoryCheckedAt = now
    return usedMegabytes() >= megabytes
  }
}

/** What PHP's memory limit means: the memory of the script, not the size of the process with its engine. */
function usedMegabytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1_048_576
}
