import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PriceStrategy } from '../catalog/price-strategy.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import type { SourceProduct } from './plan.ts'
import type { Receipt } from './receipt.ts'
import type { RunAttempt } from './run-attempts.ts'
import { SeenIds } from './seen-ids.ts'
import { readActiveIds, readSourcePage, readSourceProducts } from './source-page.ts'
import { StoreReferences } from './store-references.ts'
import { type PageWriter, pageSize, withoutOutcome, writePage } from './write-page.ts'

export interface PageCopy {
  readonly central: CentralDatabase
  readonly store: StoreDatabase
  readonly attempt: RunAttempt
  readonly strategy: PriceStrategy
  /** Called after each page; throws when the attempt has to stop. */
  readonly onPage: (receipt: Receipt) => Promise<void>
}

/** So many ids are compared at a time, when an attempt looks back. */
const idsAtOnce = 20_000

/** The way of one attempt through the catalogue, from where the receipt stands to the end of the snapshot. */
export class PagesOfAttempt {
  readonly #copy: PageCopy
  readonly #writer: PageWriter
  readonly #seen = new SeenIds()
  /** What earlier attempts did up to here is known to the store only. */
  readonly #from: number
  #receipt: Receipt

  constructor(copy: PageCopy, receipt: Receipt) {
    const { attempt, strategy } = copy
    this.#copy = copy
    this.#writer = { claim: attempt, strategy, references: new StoreReferences(attempt.companyId) }
    this.#from = receipt.cursor_id
    this.#receipt = receipt
  }

  /** Every product of the snapshot has an outcome then. */
  async copyAll(): Promise<Receipt> {
    await this.#copyForward()
    await this.#lookBack()
    return this.#receipt
  }

  /** The next page is read while one is written. */
  async #copyForward(): Promise<void> {
    let next = this.#read(this.#receipt.cursor_id)
    for (;;) {
      const products = await next
      const last = products.at(-1)
      if (last === undefined) return
      next = this.#read(last.id)
      // It may fail while the page is written, before anybody listens.
      next.catch(() => undefined)
      await this.#write(products)
    }
  }

  #read(afterId: number): Promise<readonly SourceProduct[]> {
    const { central, attempt } = this.#copy
    return readSourcePage(central, { ...this.#range(afterId), distributorId: attempt.distributorId, limit: pageSize })
  }

  #range(afterId: number) {
    const { distributorId } = this.#copy.attempt
    return { distributorId, afterId, maxId: this.#receipt.max_source_id }
  }

  async #write(products: readonly SourceProduct[]): Promise<void> {
    this.#receipt = await writePage(this.#copy.store, this.#writer, { afterId: this.#receipt.cursor_id, products })
    this.#seen.add(products.map(({ id }) => id))
    await this.#copy.onPage(this.#receipt)
    // A file answers on this thread: without this, timers and signals would wait for the whole copy.
    await nextTurn()
  }

  /** A product that was activated after its page had passed has no outcome yet: it gets one before the run may end. */
  async #lookBack(): Promise<void> {
    const { central, attempt } = this.#copy
    let afterId = 0
    for (;;) {
      const ids = await readActiveIds(central, { ...this.#range(afterId), limit: idsAtOnce })
      const lastId = ids.at(-1)
      if (lastId === undefined) return
      for (const late of pagesOf(await this.#withoutOutcome(ids))) {
        const products = await readSourceProducts(central, attempt.distributorId, late)
        if (products.length > 0) await this.#write(products)
      }
      afterId = lastId
      await nextTurn()
    }
  }

  async #withoutOutcome(ids: readonly number[]): Promise<readonly number[]> {
    const unseen = this.#seen.missing(ids)
    const earlier = unseen.filter((id) => id <= this.#from)
    const late = unseen.filter((id) => id > this.#from)
    const lost: number[] = []
    for (const page of pagesOf(earlier))
      lost.push(...(await withoutOutcome(this.#copy.store, this.#copy.attempt, page)))
    return [...lost, ...late]
  }
}

function pagesOf(ids: readonly number[]): readonly (readonly number[])[] {
  const count = Math.ceil(ids.length / pageSize)
  return Array.from({ length: count }, (_, page) => ids.slice(page * pageSize, (page + 1) * pageSize))
}
