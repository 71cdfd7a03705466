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

/** While ready jobs keep coming, these looks come so often, and each kind takes a small part of the time only. */
const expiredMs = 1_000
const startOverMs = 250
const costShare = 25

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

  /** Undefined when the claim must look from the start; a second one that comes meanwhile need not. */
  markOf(queue: string): ClaimMark | undefined {
    const memory = this.#of(queue)
    const now = performance.now()
    if (now < memory.startOverAt) return memory.mark
    memory.startOverAt = now + startOverMs
    return undefined
  }

  /** `last` of what was claimed beyond the mark. */
  hasClaimed(queue: string, last: ClaimMark): void {
    const memory = this.#of(queue)
    if (!memory.mark || isBeyond(last, memory.mark)) memory.mark = last
  }

  /** `last` of what a look from the start found; undefined when that was nothing. It took from `startedAt` to now. */
  hasStartedOver(queue: string, last: ClaimMark | undefined, startedAt: number): void {
    this.#of(queue).startOverAt = nextLook(startedAt, startOverMs)
    if (last) this.hasClaimed(queue, last)
    else this.#of(queue).mark = undefined
  }

  /** Answers true once in a while, and to one claim only. */
  mustAskExpired(queue: string): boolean {
    const memory = this.#of(queue)
    const now = performance.now()
    if (now < memory.askExpiredAt) return false
    memory.askExpiredAt = now + expiredMs
    return true
  }

  /** None was found, by a look that took from `startedAt` to now. */
  hasAskedExpired(queue: string, startedAt: number): void {
    this.#of(queue).askExpiredAt = nextLook(startedAt, expiredMs)
  }

  #of(queue: string): Memory {
    const known = this.#queues.get(queue)
    if (known) return known
    const memory = { mark: undefined, startOverAt: 0, askExpiredAt: 0 }
    this.#queues.set(queue, memory)
    return memory
  }
}

function nextLook(startedAt: number, leastMs: number): number {
  const now = performance.now()
  return now + Math.max(leastMs, (now - startedAt) * costShare)
}

function isBeyond(a: ClaimMark, b: ClaimMark): boolean {
  if (a.availableAt !== b.availableAt) return a.availableAt > b.availableAt
  return BigInt(a.id) > BigInt(b.id)
}
