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

  /** Those that waited since before that moment, of `performance.now()`. */
  takeOlder(moment: number): readonly ClaimedJob[] {
    return this.#takeWhere(({ heldSince }) => heldSince < moment)
  }

  takeWhere(isWanted: (job: ClaimedJob) => boolean): readonly ClaimedJob[] {
    return this.#takeWhere(({ job }) => isWanted(job))
  }

  takeAll(): readonly ClaimedJob[] {
    return this.#held.splice(0).map(({ job }) => job)
  }

  drop({ id, attempts }: Reservation): void {
    this.#held = this.#held.filter(({ job }) => job.id !== id || job.attempts !== attempts)
  }

  #takeWhere(isWanted: (held: Held) => boolean): readonly ClaimedJob[] {
    const taken = this.#held.filter(isWanted)
    if (taken.length > 0) this.#held = this.#held.filter((held) => !isWanted(held))
    return taken.map(({ job }) => job)
  }
}

interface Held {
  readonly job: ClaimedJob
  readonly heldSince: number
}
