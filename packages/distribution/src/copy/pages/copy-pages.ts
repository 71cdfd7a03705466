import { setImmediate as nextTurn } from 'node:timers/promises'
import { lastPossibleId } from '../../database/last-possible-id.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import type { SourceProduct } from '../plan/plan.ts'
import type { RunAttempt } from '../runs/run-attempts.ts'
import { checkAtWork } from '../runs/run-stop.ts'
import { discontinue, hasCopies, markDiscontinued, type SourceIds } from './discontinue.ts'
import { firstPageSize, grownPageSize } from './early-pages.ts'
import type { CopiedPages, Receipt } from './receipt.ts'
import type { Refusals } from './refused-products.ts'
import { SeenIds } from './seen-ids.ts'
import { readActiveIds, SourceCatalogue } from './source-page.ts'
import {
  type ComingPage,
  type PageAhead,
  PageWriter,
  type PlanBasis,
  pageSizeOf,
  withoutOutcome,
} from './write-page.ts'

export interface PageCopy extends PlanBasis {
  readonly central: CentralDatabase
  readonly store: StoreDatabase
  readonly attempt: RunAttempt
  /** The attempt reads everything that was there when it began: not so one that goes on, or has the snapshot of an earlier one. */
  readonly isWhole: boolean
  /** Nothing of the catalogue has changed since the attempt began: what it has read it need not read again. */
  readonly isCatalogueSame: () => Promise<boolean>
  /** Called after each page; throws when the attempt has to stop. */
  readonly onPage: (receipt: Receipt) => Promise<void>
  /** Hears why the store's tables do not take some products, each of which is an outcome. */
  readonly onRefused: (refusals: Refusals) => void
}

/** One that is prepared and one that is read, beside the one that is written. */
const pagesAhead = 2
/** So many ids are compared at a time, when an attempt looks back. */
const idsAtOnce = 20_000
/** So many ids go into a statement. */
const lateAtOnce = 2_000

interface Reading {
  readonly products: Promise<readonly SourceProduct[]>
  readonly limit: number
}

interface Prepared {
  readonly products: Promise<readonly SourceProduct[]>
  readonly page: Promise<PageAhead>
}

/** The way of one attempt through the catalogue, from where the receipt stands to the end of the snapshot. */
export class PagesOfAttempt {
  readonly #copy: PageCopy
  readonly #catalogue: SourceCatalogue
  readonly #writer: PageWriter
  readonly #seen = new SeenIds()
  /** What of the store's the pages have not; of use where nothing has changed since, and they are all. */
  readonly #gone: (readonly number[])[] = []
  /** What earlier attempts did up to here is known to the store only. */
  readonly #from: number
  #receipt: Receipt
  /** While a page is written the next one is prepared, and the one after that is read. */
  readonly #ahead: Prepared[] = []
  #lastReading: Reading | undefined
  /** The store has nothing that could be out of date. */
  #isFirst = Promise.resolve(false)
  /** The first ids that a look back compares; undefined when it need not. */
  #again: Promise<readonly number[] | undefined> | undefined
  #isAllRead = false
  /** Products of pages that were read, written or not. */
  #readCount = 0
  /** It is known by now that there need be no look back. */
  #isEnough = false

  constructor(copy: PageCopy, receipt: Receipt) {
    const { attempt, rules } = copy
    this.#copy = copy
    const { distributorId } = attempt
    this.#catalogue = new SourceCatalogue(copy.central, { distributorId, baseLabel: rules.strategy.baseLabel })
    this.#writer = new PageWriter(copy.store, attempt, copy)
    this.#from = receipt.cursor_id
    this.#receipt = receipt
  }

  /** Every product of the snapshot has an outcome then, and what is no longer sold is marked. */
  async copyAll(): Promise<CopiedPages> {
    const { store, attempt } = this.#copy
    this.#isFirst = hasCopies(store, attempt.companyId).then((hasSome) => !hasSome)
    this.#lookAhead()
    const isFirst = await this.#isFirst
    if (!isFirst) await this.#writer.expectCopies()
    await this.#copyForward()
    const active = await this.#end(isFirst)
    return { active, isResumed: this.#from > 0, receipt: this.#receipt }
  }

  async #copyForward(): Promise<void> {
    for (;;) {
      this.#lookAhead()
      const next = this.#ahead.shift()
      const products = (await next?.products) ?? []
      if (!next || products.length === 0) return
      await this.#write({ products, page: next.page }, true)
    }
  }

  #lookAhead(): void {
    while (this.#ahead.length <= pagesAhead) {
      this.#lastReading = this.#nextReading()
      this.#ahead.push(this.#prepared(this.#lastReading.products))
    }
  }

  #nextReading(): Reading {
    const last = this.#lastReading
    if (!last) return { products: this.#read(this.#receipt.cursor_id, firstPageSize), limit: firstPageSize }
    const limit = Math.min(grownPageSize(last.limit), pageSizeOf(this.#copy.store))
    return { products: this.#readAfter(last, limit), limit }
  }

  async #read(afterId: number, limit: number): Promise<readonly SourceProduct[]> {
    const maxId = this.#receipt.max_source_id
    const products = afterId < maxId ? await this.#copy.pages.readPage({ afterId, maxId, limit }) : []
    this.#readCount += products.length
    return products
  }

  async #readAfter({ products, limit }: Reading, nextLimit: number): Promise<readonly SourceProduct[]> {
    const page = await products
    const last = page.at(-1)
    const isLast = last === undefined || page.length < limit || last.id >= this.#receipt.max_source_id
    if (!isLast) return this.#read(last.id, nextLimit)
    this.#isAllRead = true
    return []
  }

  #prepared(products: Prepared['products']): Prepared {
    const page = products.then((read) => this.#writer.prepare(read))
    // It may fail while another page is written, before anybody listens.
    page.catch(() => undefined)
    return { products, page }
  }

  async #write(page: ComingPage, isNext: boolean): Promise<void> {
    const { central, attempt } = this.#copy
    // Nothing stands between the answer and the page; and no store is kept waiting while the central database is asked.
    await checkAtWork(central, attempt)
    // Beside the page: while it was prepared, whoever answers had the processor to share.
    if (this.#isAllRead) this.#readingAgain().catch(() => undefined)
    // Asked within the transaction of the store, which waits for nobody: what is not known by then is found out behind it.
    const isLast = () => this.#isEnough && this.#isWholeWith(page)
    const written = await this.#writer.write(page, { afterId: this.#receipt.cursor_id, isNext, isLast })
    this.#receipt = written.receipt
    if (written.refused) this.#copy.onRefused(written.refused)
    if (written.goneIds.length > 0) this.#gone.push(written.goneIds)
    this.#seen.add(page.products.map(({ id }) => id))
    await this.#copy.onPage(this.#receipt)
    // A file answers on this thread: without this, timers and signals would wait for the whole copy.
    await nextTurn()
  }

  /** All that was read is written then, and it is as many as the snapshot has; that may be of an earlier attempt. */
  #isWholeWith({ products }: ComingPage): boolean {
    const count = this.#seen.count + products.length
    return count === this.#readCount && count === this.#receipt.total
  }

  /** Answers how many products of the snapshot are active. */
  async #end(isFirst: boolean): Promise<number> {
    const { total, max_source_id } = this.#receipt
    const ids = await this.#readingAgain()
    if (!ids && this.#seen.count === total) {
      if (!isFirst) await this.#discontinueGone()
      return total
    }
    return this.#lookBack(isFirst, ids ?? (await this.#activeAfter(0, max_source_id)))
  }

  #readingAgain(): Promise<readonly number[] | undefined> {
    this.#again ??= this.#readAgain()
    return this.#again
  }

  /** Once the last page was read: nothing where nothing has changed since this attempt began, and it has read everything. */
  async #readAgain(): Promise<readonly number[] | undefined> {
    const isSame = this.#copy.isWhole && (await this.#copy.isCatalogueSame())
    this.#isEnough = isSame && (await this.#isFirst)
    return isSame ? undefined : this.#activeAfter(0, this.#receipt.max_source_id)
  }

  /**
   * Compares the ids that are active, once the last page was read, with what the store has; answers how many they are. What is
   * no longer sold can be in a store that was there before, or was deactivated behind this attempt: then it has seen more.
   */
  async #lookBack(isFirst: boolean, first: readonly number[]): Promise<number> {
    let afterId = 0
    let active = 0
    for (let ids = first; ; ) {
      const lastId = ids.at(-1)
      if (lastId === undefined) break
      active += ids.length
      await this.#copyLate(ids)
      const range = { afterId, lastId }
      if (!isFirst || this.#seen.countBetween(range) > ids.length) await this.#discontinue(range, ids)
      afterId = lastId
      if (ids.length < idsAtOnce) break
      await nextTurn()
      ids = await this.#activeAfter(afterId, this.#receipt.max_source_id)
    }
    const rest = { afterId, lastId: lastPossibleId }
    if (!isFirst || this.#seen.countBetween(rest) > 0) await this.#discontinueAfter(afterId)
    return active
  }

  /** The pages have had all that is active, and nothing that is has an id behind the last one. */
  async #discontinueGone(): Promise<void> {
    const { central, store, attempt } = this.#copy
    for (const ids of pagesOf(this.#gone.flat())) {
      await checkAtWork(central, attempt)
      await markDiscontinued(store, attempt, ids)
    }
    await checkAtWork(central, attempt)
    await discontinue(store, attempt, {
      range: { afterId: this.#receipt.cursor_id, lastId: lastPossibleId },
      activeIds: [],
    })
  }

  /** Behind the snapshot are products of earlier copies, and new ones that wait for the next. */
  async #discontinueAfter(start: number): Promise<void> {
    for (let afterId = start; ; ) {
      const ids = await this.#activeAfter(afterId)
      const lastId = ids.length < idsAtOnce ? lastPossibleId : (ids.at(-1) ?? lastPossibleId)
      await this.#discontinue({ afterId, lastId }, ids)
      if (lastId === lastPossibleId) return
      afterId = lastId
    }
  }

  #activeAfter(afterId: number, maxId = lastPossibleId): Promise<readonly number[]> {
    const { central, attempt } = this.#copy
    return readActiveIds(central, attempt.distributorId, { afterId, maxId, limit: idsAtOnce })
  }

  /** A product that was activated after its page had passed has no outcome yet: it gets one before the run may end. */
  async #copyLate(ids: readonly number[]): Promise<void> {
    for (const late of pagesOf(await this.#withoutOutcome(ids))) {
      const products = await this.#catalogue.readProducts(late)
      if (products.length === 0) continue
      const { page } = this.#prepared(Promise.resolve(products))
      await this.#write({ products, page }, false)
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
  const count = Math.ceil(ids.length / lateAtOnce)
  return Array.from({ length: count }, (_, page) => ids.slice(page * lateAtOnce, (page + 1) * lateAtOnce))
}
