/** Counts of what happened in all schedules together: what never happened was not tested. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(name: string, count = 1): void {
    this.#counts.set(name, this.of(name) + count)
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  get figures(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort())
  }
}
