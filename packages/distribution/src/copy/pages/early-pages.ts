import { type CopyRules, type PreparedPage, preparePage, type SourceProduct } from '../plan/plan.ts'
import type { PageRange, Snapshot } from './source-page.ts'

type Products = readonly SourceProduct[]

export interface PageSource {
  readPage(range: PageRange): Promise<Products>
  /** What is prepared of a page that other copies have read too, once for all of them; undefined of any other page. */
  prepareShared?(products: Products): Promise<PreparedPage> | undefined
}

/** Pages of a catalogue, each with what of its plan depends on no store. */
export interface SourcePages extends Required<PageSource> {
  prepare(products: Products): Promise<PreparedPage>
}

/** Nothing is written while the first page is read, so it is small; a catalogue of a thousand is one page. */
export const firstPageSize = 1_000
/** Times as many products as the one before. */
const growth = 2

/** How many products a page has at the most, after one that may have had so many. */
export function grownPageSize(before: number): number {
  return growth * before
}

/** Reads and prepares what is asked for. */
export class PagesInTime implements SourcePages {
  readonly #source: PageSource
  readonly #rules: CopyRules

  constructor(source: PageSource, rules: CopyRules) {
    this.#source = source
    this.#rules = rules
  }

  readPage(range: PageRange): Promise<Products> {
    return this.#source.readPage(range)
  }

  prepareShared(products: Products): Promise<PreparedPage> | undefined {
    return this.#source.prepareShared?.(products)
  }

  prepare(products: Products): Promise<PreparedPage> {
    return this.prepareShared(products) ?? preparePage(products, this.#rules)
  }
}

interface EarlyPage {
  readonly range: PageRange
  readonly products: Promise<Products>
}

/** Reads the first two pages, and prepares the first, before anybody asks: the store's database is being opened meanwhile. */
export class EarlyPages extends PagesInTime {
  #early: readonly EarlyPage[] = []
  readonly #prepared = new WeakMap<Products, Promise<PreparedPage>>()

  constructor(source: PageSource, rules: CopyRules, { maxId, total }: Snapshot) {
    super(source, rules)
    const first = this.#readEarly({ afterId: 0, maxId, limit: firstPageSize, idsPerProduct: maxId / total })
    const prepared = first.then((products) => this.#prepareEarly(products))
    const second = first.then((products) => {
      const last = products[firstPageSize - 1]
      if (last === undefined || last.id >= maxId) return undefined
      return this.#readEarly({ afterId: last.id, maxId, limit: grownPageSize(firstPageSize) })
    })
    // They may fail before anybody wants them.
    for (const each of [prepared, second]) each.catch(() => undefined)
  }

  override readPage(range: PageRange): Promise<Products> {
    const found = this.#early.find((page) => isSame(page.range, range))
    if (!found) return super.readPage(range)
    this.#early = this.#early.filter((page) => page !== found)
    return found.products
  }

  override prepare(products: Products): Promise<PreparedPage> {
    return this.#prepared.get(products) ?? super.prepare(products)
  }

  #prepareEarly(products: Products): Promise<PreparedPage> {
    const page = super.prepare(products)
    this.#prepared.set(products, page)
    return page
  }

  #readEarly(range: PageRange): Promise<Products> {
    const products = super.readPage(range)
    products.catch(() => undefined)
    this.#early = [...this.#early, { range, products }]
    return products
  }
}

function isSame(one: PageRange, other: PageRange): boolean {
  return one.afterId === other.afterId && one.maxId === other.maxId && one.limit === other.limit
}
