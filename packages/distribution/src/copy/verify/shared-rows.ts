interface Numbered {
  readonly id: number
}

/** More than a distributor has categories or brands, mostly. */
const mostKnown = 20_000

/** Rows that thousands of products share, read once: joined to each product they take a database twice as long. */
export class SharedRows<Row extends Numbered> {
  readonly #read: (ids: readonly number[]) => Promise<readonly Row[]>
  /** Those that are not there are undefined. */
  #known = new Map<number, Row | undefined>()

  constructor(read: (ids: readonly number[]) => Promise<readonly Row[]>) {
    this.#read = read
  }

  /** Those that a page of products refers to, by their ids. Pages may ask side by side. */
  async find(ids: Iterable<number | null>): Promise<ReadonlyMap<number | null, Row>> {
    const known = this.#known
    const wanted = [...new Set(ids)].filter((id) => id !== null)
    const missing = wanted.filter((id) => !known.has(id))
    if (missing.length > 0) {
      const rows = new Map((await this.#read(missing)).map((row) => [row.id, row]))
      for (const id of missing) known.set(id, rows.get(id))
    }
    if (known.size > mostKnown) this.#known = new Map()
    const found = new Map<number | null, Row>()
    for (const id of wanted) {
      const row = known.get(id)
      if (row) found.set(id, row)
    }
    return found
  }
}
