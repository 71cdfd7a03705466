/** A place in the order of a queue's ready jobs. */
export interface ClaimMark {
  readonly availableAt: number
  readonly id: string
}

interface Memory {
  mark: ClaimMark | undefined
  /** Of `performance.now()`, like all moments here. */
  startOverAt: number
  askExpiredAt: number
}

/** While ready jobs keep coming, expired ones are asked for so often. */
const expiredMs = 1_000
/** While ready jobs keep coming, what lies before the mark is looked at so often, and takes no more than a tenth of the time. */
const startOverMs = 250
const startOverShare = 10

/**
 * What the last claims of each queue saw, so that the next one need not look at everything.
 *
 * On a database that keeps deleted rows in its indexes until it purges them, a look from the start walks over everything
 * that was finished lately: a claim goes on where the last one ended. What lies before that mark (released jobs, rows that
 * were locked or not yet committed) is found whenever there is nothing beyond it, and at intervals. The look for expired
 * rows walks over the same, so it comes when nothing is ready, and at intervals.
 */
export class ClaimMemory {
  readonly #queues = new Map<string, Memory>()

  /** Undefined when the next claim must look from the start. */
  markOf(queue: string): ClaimMark | undefined {
    const { mark, startOverAt } = this.#of(queue)
    return performance.now() < startOverAt ? mark : undefined
  }

  /** `last` of what was claimed beyond the mark. */
  hasClaimed(queue: string, last: ClaimMark): void {
    const memory = this.#of(queue)
    if (!memory.mark || isBeyond(last, memory.mark)) memory.mark = last
  }

  /** `last` of what a look from the start found; undefined when that was nothing. It took from `startedAt` to now. */
  hasStartedOver(queue: string, last: ClaimMark | undefined, startedAt: number): void {
    const now = performance.now()
    this.#of(queue).startOverAt = now + Math.max(startOverMs, (now - startedAt) * startOverShare)
    if (last) this.hasClaimed(queue, last)
    else this.#of(queue).mark = undefined
  }

  /** Answers true once in a while. */
  mustAskExpired(queue: string): boolean {
    return performance.now() >= this.#of(queue).askExpiredAt
  }

  hasAskedExpired(queue: string): void {
    this.#of(queue).askExpiredAt = performance.now() + expiredMs
  }

  #of(queue: string): Memory {
    const known = this.#queues.get(queue)
    if (known) return known
    const memory = { mark: undefined, startOverAt: 0, askExpiredAt: 0 }
    this.#queues.set(queue, memory)
    return memory
  }
}

function isBeyond(a: ClaimMark, b: ClaimMark): boolean {
  if (a.availableAt !== b.availableAt) return a.availableAt > b.availableAt
  return BigInt(a.id) > BigInt(b.id)
}
