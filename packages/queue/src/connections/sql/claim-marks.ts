/** The place of the last claimed job in the order of a queue. */
export interface ClaimMark {
  readonly availableAt: number
  readonly id: string
}

interface State extends ClaimMark {
  /** Of `performance.now()`. */
  readonly startedOverAt: number
}

/** While work keeps coming, what lies before the mark is looked at so often. */
const startOverMs = 250

/**
 * Where the next claim of each queue goes on. On a database that keeps deleted rows in its indexes until it purges them, a
 * claim from the start walks over everything that was finished lately. What lies before the mark (released jobs, rows that
 * were locked or not yet committed) is found whenever there is nothing beyond it, and at intervals.
 */
export class ClaimMarks {
  readonly #states = new Map<string, State>()

  /** Undefined when the next claim must look from the start. */
  of(queue: string): ClaimMark | undefined {
    const state = this.#states.get(queue)
    return state && performance.now() - state.startedOverAt < startOverMs ? state : undefined
  }

  /** `last` of what was claimed; undefined when that was nothing. */
  advance(queue: string, last: ClaimMark | undefined, hasStartedOver: boolean): void {
    const state = this.#states.get(queue)
    if (!last) this.#states.delete(queue)
    else if (hasStartedOver || !state) this.#set(queue, last, performance.now())
    else if (isBeyond(last, state)) this.#set(queue, last, state.startedOverAt)
  }

  #set(queue: string, { availableAt, id }: ClaimMark, startedOverAt: number): void {
    const state = this.#states.get(queue)
    // A look from the start that found something early must not bring the mark back behind all that is finished.
    const mark = state && !isBeyond({ availableAt, id }, state) ? state : { availableAt, id }
    this.#states.set(queue, { availableAt: mark.availableAt, id: mark.id, startedOverAt })
  }
}

function isBeyond(a: ClaimMark, b: ClaimMark): boolean {
  if (a.availableAt !== b.availableAt) return a.availableAt > b.availableAt
  return BigInt(a.id) > BigInt(b.id)
}
