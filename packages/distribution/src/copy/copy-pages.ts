import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CentralDatabase } from '../database/open-central.ts'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import { discontinue, hasCopies, type SourceIds } from './discontinue.ts'
import type { CopyRules, SourceProduct } from './plan.ts'
import type { Receipt } from './receipt.ts'
import type { RunAttempt } from './run-attempts.ts'
import { checkAtWork } from './run-stop.ts'
import { SeenIds } from './seen-ids.ts'
import {
  type CatalogueSource,
  readActiveIds,
  readSourcePage,
  readSourceProducts,
  type SourceRange,
} from './source-page.ts'
import { StoreReferences } from './store-references.ts'
import { type PageWriter, pageSize, withoutOutcome, writePage } from './write-page.ts'

export interface PageCopy {
  readonly central: CentralDatabase
  readonly store: StoreDatabase
  readonly attempt: RunAttempt
  readonly rules: CopyRules
  /** Default: from the central database, each time. */
  readonly readPage?: ((range: SourceRange) => Promise<readonly SourceProduct[]>) | undefined
  /** Called after each page; throws when the attempt has to stop. */
  readonly onPage: (receipt: Receipt) => Promise<void>
}

/** So many ids are compared at a time, when an attempt looks back. */
const idsAtOnce = 20_000
/** Of the columns that hold ids. */
const lastPossibleId = 2_147_483_647

/** The way of one attempt through the catalogue, from where the receipt stands to the end of the snapshot. */
export class PagesOfAttempt {
  readonly #copy: PageCopy
  readonly #writer: PageWriter
  readonly #seen = new SeenIds()
  /** What earlier attempts did up to here is known to the store only. */
  readonly #from: number
  #receipt: Receipt

  constructor(copy: PageCopy, receipt: Receipt) {
    const { attempt, rules } = copy
    this.#copy = copy
    this.#writer = { claim: attempt, rules, references: new StoreReferences(attempt.companyId) }
    this.#from = receipt.cursor_id
    this.#receipt = receipt
  }

  /** Every product of the snapshot has an outcome then, and what is no longer sold is marked. */
  async copyAll(): Promise<Receipt> {
    const { store, attempt } = this.#copy
    const isFirst = !(await hasCopies(store, attempt.companyId))
    await this.#copyForward()
    await this.#lookBack(isFirst)
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
    const { central, readPage = (range) => readSourcePage(central, range) } = this.#copy
    return readPage({ ...this.#range(afterId), limit: pageSize })
  }

  #range(afterId: number) {
    return { ...this.#source, afterId, maxId: this.#receipt.max_source_id }
  }

  get #source(): CatalogueSource {
    const { attempt, rules } = this.#copy
    return { distributorId: attempt.distributorId, baseLabel: rules.strategy.baseLabel }
  }

  async #write(products: readonly SourceProduct[]): Promise<void> {
    this.#receipt = await writePage(this.#copy.store, this.#writer, { afterId: this.#receipt.cursor_id, products })
    this.#seen.add(products.map(({ id }) => id))
    await this.#copy.onPage(this.#receipt)
    // A file answers on this thread: without this, timers and signals would wait for the whole copy.
    await nextTurn()
  }

  /** Compares the ids that are active now with what the store has, once the last page is written. */
  async #lookBack(isFirst: boolean): Promise<void> {
    let afterId = 0
    for (;;) {
      const ids = await this.#activeAfter(afterId, this.#receipt.max_source_id)
      const lastId = ids.at(-1)
      if (lastId === undefined) break
      await this.#copyLate(ids)
      // Only a store that was there before can have what is no longer sold.
      if (!isFirst) await this.#discontinue({ afterId, lastId }, ids)
      afterId = lastId
      await nextTurn()
    }
    // Behind the snapshot are products of earlier copies, and new ones that wait for the next.
    if (!isFirst) await this.#discontinue({ afterId, lastId: lastPossibleId }, await this.#activeAfter(afterId))
  }

  #activeAfter(afterId: number, maxId = lastPossibleId): Promise<readonly number[]> {
    return readActiveIds(this.#copy.central, { ...this.#source, afterId, maxId, limit: idsAtOnce })
  }

  /** A product that was activated after its page had passed has no outcome yet: it gets one before the run may end. */
  async #copyLate(ids: readonly number[]): Promise<void> {
    for (const late of pagesOf(await this.#withoutOutcome(ids))) {
      const products = await readSourceProducts(this.#copy.central, this.#source, late)
      if (products.length > 0) await this.#write(products)
    }
  }

  async #discontinue(range: SourceIds, activeIds: readonly number[]): Promise<void> {
    const { central, store, attempt } = this.#copy
    await checkAtWork(central, attempt)
    await discontinue(store, attempt, { range, activeIds })
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
