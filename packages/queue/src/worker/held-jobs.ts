import type { ClaimedJob, Reservation } from '../connection.ts'

/** Claimed jobs that wait for a runner, in the order of their claims. */
export class HeldJobs {
  #held: Held[] = []

  get count(): number {
    return this.#held.length
  }

  add(job: ClaimedJob, heldSince: number): void {
    this.#held.push({ job, heldSince })
  }

  get first(): ClaimedJob | undefined {
    return this.#held[0]?.job
  }

  takeFirst(): ClaimedJob | undefined {
    return this.#held.shift()?.job
  }

  /**
   * All of them, once one has waited since before that moment, of `performance.now()`: those behind it would overtake it.
   */
  takeAllOnceOlder(moment: number): readonly ClaimedJob[] {
    return this.#held.some(({ heldSince }) => heldSince < moment) ? this.takeAll() : []
  }

  takeWhere(isWanted: (job: ClaimedJob) => boolean): readonly ClaimedJob[] {
    const taken = this.#held.filter(({ job }) => isWanted(job))
    if (taken.length > 0) this.#held = this.#held.filter(({ job }) => !isWanted(job))
    return taken.map(({ job }) => job)
  }

  takeAll(): readonly ClaimedJob[] {
    return this.#held.splice(0).map(({ job }) => job)
  }

  drop({ id, attempts }: Reservation): void {
    this.#held = this.#held.filter(({ job }) => job.id !== id || job.attempts !== attempts)
  }
}

interface Held {
  readonly job: ClaimedJob
  readonly heldSince: number
}
