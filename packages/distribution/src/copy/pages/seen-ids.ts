import type { SourceIds } from './discontinue.ts'

/** Ids of the products that an attempt has met, in the order in which it met them: four bytes for each, eight where they need them. */
export class SeenIds {
  readonly #pages: Ids[] = []

  add(ids: readonly number[]): void {
    this.#pages.push((ids.at(-1) ?? 0) > greatestInt ? Float64Array.from(ids) : Int32Array.from(ids))
  }

  /** Which of these are not among them; both in the order of their numbers. */
  missing(ids: readonly number[]): readonly number[] {
    const [first = 0, last = 0] = [ids[0], ids.at(-1)]
    const near = this.#pages.filter((page) => (page.at(-1) ?? 0) >= first && (page[0] ?? 0) <= last)
    return near.reduce(without, ids)
  }

  get count(): number {
    return this.#pages.reduce((sum, page) => sum + page.length, 0)
  }

  /** How many there are after the one id, up to the other. */
  countBetween({ afterId, lastId }: SourceIds): number {
    let count = 0
    for (const page of this.#pages) for (const id of page) if (id > afterId && id <= lastId) count += 1
    return count
  }
}

type Ids = Int32Array | Float64Array

/** SQLite counts on behind it. */
const greatestInt = 2_147_483_647

/** Both in the order of their numbers. */
function without(ids: readonly number[], page: Ids): readonly number[] {
  let place = 0
  return ids.filter((id) => {
    while ((page[place] ?? Number.POSITIVE_INFINITY) < id) place += 1
    return page[place] !== id
  })
}
