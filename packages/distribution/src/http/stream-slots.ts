/** Counts open event streams, so that forgotten tabs cannot exhaust the server. */
export class StreamSlots {
  readonly #limits: { readonly total: number; readonly perStore: number }
  readonly #open = new Map<number, number>()
  #total = 0

  constructor(limits: { readonly total: number; readonly perStore: number } = { total: 100, perStore: 6 }) {
    this.#limits = limits
  }

  /** Answers how to give the slot back, or undefined when none is free. */
  take(companyId: number): (() => void) | undefined {
    const ofStore = this.#open.get(companyId) ?? 0
    if (this.#total >= this.#limits.total || ofStore >= this.#limits.perStore) return undefined
    this.#total += 1
    this.#open.set(companyId, ofStore + 1)
    return () => this.#release(companyId)
  }

  #release(companyId: number): void {
    this.#total -= 1
    const left = (this.#open.get(companyId) ?? 1) - 1
    if (left === 0) this.#open.delete(companyId)
    else this.#open.set(companyId, left)
  }
}
