/** Ids of the products that an attempt has met, in the order in which it met them: four bytes for each. */
export class SeenIds {
  readonly #pages: Int32Array[] = []

  add(ids: readonly number[]): void {
    this.#pages.push(Int32Array.from(ids))
  }

  /** Which of these are not among them; both in the order of their numbers. */
  missing(ids: readonly number[]): readonly number[] {
    const page = this.#pagesAround(ids)
    return ids.filter((id) => !page.has(id))
  }

  #pagesAround(ids: readonly number[]): ReadonlySet<number> {
    const first = ids[0] ?? 0
    const last = ids.at(-1) ?? 0
    const near = this.#pages.filter((page) => (page.at(-1) ?? 0) >= first && (page[0] ?? 0) <= last)
    return new Set(near.flatMap((page) => [...page]))
  }
}
