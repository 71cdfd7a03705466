import { isDeepStrictEqual } from 'node:util'
import type { Kysely, Transaction } from 'kysely'
import { dialectOf } from '../../database/dialect.ts'
import { untilUndisturbed } from '../../database/sql.ts'
import type { StoreTables } from '../../database/store-tables.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import {
  type CopyRules,
  type PagePlan,
  type PreparedPage,
  planPrepared,
  preparePage,
  type SourceProduct,
} from '../plan/plan.ts'
import { planDiscontinued } from '../plan/plan-discontinued.ts'
import type { StoreContents } from '../plan/store-state.ts'
import type { SourcePages } from './early-pages.ts'
import { type KnownStore, lockCopied, readPageState, readTaken } from './page-state.ts'
import { type Claim, type Receipt, readCurrent, recordPage, withPage } from './receipt.ts'
import { isRefusal, type Refusals, writeUnlessRefused } from './refused-products.ts'
import { StoreReferences } from './store-references.ts'
import { StoreSkus } from './store-skus.ts'
import { type SupposedPage, supposePage, supposeTogether } from './suppose-page.ts'
import { type ProductWriter, writeInserts, writeOutcomes, writeProducts } from './write-products.ts'

/**
 * MySQL takes 65,535 parameters a statement, and the widest one here has 16 a product. On SQLite the whole process waits for a
 * page, and nobody else writes the store meanwhile.
 */
export function pageSizeOf(store: StoreDatabase): number {
  return dialectOf(store) === 'sqlite' ? 2_000 : 4_000
}

/** A page with all that was done for it before its turn. */
export type PageAhead = PreparedPage | SupposedPage

/** A page whose products were read; what is done for it before its turn may be under way, and asks no database. */
export interface ComingPage {
  readonly products: readonly SourceProduct[]
  readonly page: Promise<PageAhead>
}

/** What of the distributor decides about all pages. */
export interface PlanBasis {
  readonly rules: CopyRules
  /** By `skuKey`: more than one product has them. */
  readonly repeatedSkus: ReadonlySet<string>
  readonly pages: SourcePages
}

/** Where a page is on the way of its attempt. */
export interface PagePlace {
  readonly afterId: number
  /** It has all active products between that and its last one; a page of products that came late has not. */
  readonly isNext: boolean
  /** With it every product of the snapshot has its outcome: the receipt is closed. */
  readonly isLast: () => boolean
}

export interface WrittenPage {
  readonly receipt: Receipt
  /** Undefined of most pages. */
  readonly refused?: Refusals | undefined
  /** Products that count as active in the store where the page, which is the next one, has none. */
  readonly goneIds: readonly number[]
}

/** Writes the pages of one attempt, by its rules. */
export class PageWriter {
  readonly #store: StoreDatabase
  readonly #claim: Claim
  readonly #rules: CopyRules
  readonly #pages: SourcePages
  #references: StoreReferences
  /** While the store had nothing of the last page; else nothing is supposed of the next. */
  #ownSkus: ReadonlySet<string> | undefined
  readonly #skus: StoreSkus

  constructor(store: StoreDatabase, claim: Claim, { rules, repeatedSkus, pages }: PlanBasis) {
    this.#store = store
    this.#claim = claim
    this.#rules = rules
    this.#pages = pages
    this.#references = new StoreReferences(claim.companyId)
    this.#skus = new StoreSkus(claim.companyId, repeatedSkus)
  }

  /** Before the first page that goes into a store which had copies before: it has most categories and taxes too. */
  async expectCopies(): Promise<void> {
    this.#references = new StoreReferences(this.#claim.companyId, { areMostlyThere: true })
    await this.#skus.expectCopies(this.#store)
  }

  /**
   * Does what can be done for a page while the one before it is written: mostly everything, because a store that is copied
   * into for the first time has nothing of it. Asks the store nothing; whether it is so is seen when the page is written.
   */
  async prepare(products: readonly SourceProduct[]): Promise<PageAhead> {
    const ownSkus = this.#ownSkus
    if (!ownSkus) return await this.#pages.prepare(products)
    const supposition = { store: this.#store, writing: this.#writing, rules: this.#rules, ownSkus }
    const shared = this.#pages.prepareShared(products)
    const supposed = shared ? undefined : await supposePage(products, supposition)
    if (supposed) return supposed
    const page = await (shared ?? this.#pages.prepare(products))
    return (await supposeTogether(page, supposition)) ?? page
  }

  /**
   * Writes one page and the proof of it in one transaction: after a crash there are either both or neither. The epoch is
   * read inside the transaction, so a worker that was overtaken writes nothing. The receipt must stand where the page begins.
   * Throws `LeaseLostError` otherwise.
   */
  async write(coming: ComingPage, place: PagePlace): Promise<WrittenPage> {
    // Nobody else on this thread may have a turn while a file is held: who wants it too would wait without an end.
    if (dialectOf(this.#store) === 'sqlite') await coming.page
    const written = await this.#writeUndisturbed(coming, place).catch(async (error) => {
      if (!isRefusal(error)) throw error
      // Before a file is held again, for the same reason.
      const page = await this.#preparedOf(await coming.page)
      return this.#writeUndisturbed({ ...coming, page: Promise.resolve(page) }, { ...place, isWary: true })
    })
    this.#skus.note(coming)
    return written
  }

  /** Stores that share a database share its taxes, and may meet there: who was made to step back writes the page anew. */
  async #writeUndisturbed(coming: ComingPage, place: TriedPlace): Promise<WrittenPage> {
    return untilUndisturbed(() => this.#tryToWrite(coming, place))
  }

  async #tryToWrite(coming: ComingPage, place: TriedPlace): Promise<WrittenPage> {
    try {
      return await this.#store.transaction().execute((trx) => this.#writeInside(trx, coming, place))
    } catch (error) {
      this.#references.forget()
      throw error
    }
  }

  async #writeInside(trx: Trx, coming: ComingPage, place: TriedPlace): Promise<WrittenPage> {
    const { afterId, isNext, isLast } = place
    const receipt = await readCurrent(trx, this.#claim)
    const contents = await readPageState(trx, this.#plans, { ...coming, afterId: isNext ? afterId : undefined })
    const page = await coming.page
    this.#ownSkus = contents.copied.size === 0 ? contents.takenSkus : undefined
    const plan = place.isWary
      ? await this.#writeWarily(trx, page, contents)
      : ((await this.#writeSupposed(trx, page, contents)) ?? (await this.#writePlanned(trx, page, contents)))
    await writeOutcomes(trx, this.#claim, plan.outcomes)
    // A look back writes products before the cursor, which stays.
    const toCursor = Math.max(afterId, page.products.at(-1)?.id ?? 0)
    const { counts } = plan
    const status = isLast() ? 'done' : 'running'
    await recordPage(trx, this.#claim, { fromCursor: afterId, toCursor, counts, status })
    const goneIds = isNext ? goneFrom(contents, page) : []
    return { receipt: withPage(receipt, { toCursor, counts, status }), goneIds, refused: plan.refused }
  }

  /** Undefined when things are not as they were supposed to be. */
  async #writeSupposed(trx: Trx, page: PageAhead, contents: StoreContents): Promise<WrittenPlan | undefined> {
    if (!('ownSkus' in page) || !isAsSupposed(page, contents)) return undefined
    return (await writeInserts(trx, this.#writing, page.inserts)) ? page : undefined
  }

  async #writePlanned(trx: Trx, page: PageAhead, contents: StoreContents): Promise<WrittenPlan> {
    const plan = await planUndisturbed(trx, this.#plans, { page: await this.#preparedOf(page), contents })
    await writeProducts(trx, this.#writing, plan)
    return plan
  }

  /** Without the products that the store's tables do not take, as it turns out. */
  async #writeWarily(trx: Trx, page: PageAhead, contents: StoreContents): Promise<WrittenPlan> {
    const prepared = await this.#preparedOf(page)
    const refused = new Map<number, unknown>()
    for (;;) {
      const known = { ...contents, refused: new Set(refused.keys()) }
      const plan = await planUndisturbed(trx, this.#plans, { page: prepared, contents: known })
      const found = await writeUnlessRefused(trx, this.#writing, plan)
      if (found.size === 0) return { ...plan, refused }
      for (const [id, why] of found) refused.set(id, why)
    }
  }

  async #preparedOf(page: PageAhead): Promise<PreparedPage> {
    return 'prepared' in page ? page : await this.#pages.prepare(page.products)
  }

  get #writing(): ProductWriter {
    return { claim: this.#claim, references: this.#references }
  }

  get #plans(): PagePlans {
    return { companyId: this.#claim.companyId, skus: this.#skus, rules: this.#rules }
  }
}

function goneFrom({ copied }: StoreContents, { products }: PageAhead): readonly number[] {
  const standing = products.filter(({ id }) => copied.has(id)).length
  // Most pages have all that the store has of them.
  if (standing === copied.size) return []
  const active = [...copied].flatMap(([id, { sourceState }]) => (sourceState === 'active' ? [id] : []))
  const onPage = products.map(({ id }) => id)
  return planDiscontinued(active, onPage)
}

interface WrittenPlan extends Pick<PagePlan, 'outcomes' | 'counts'> {
  readonly refused?: Refusals
}

interface TriedPlace extends PagePlace {
  /** The store has refused a product of the page. */
  readonly isWary?: boolean
}

function isAsSupposed({ ownSkus }: SupposedPage, { copied, takenSkus }: StoreContents): boolean {
  return copied.size === 0 && ownSkus.symmetricDifference(takenSkus).size === 0
}

interface PagePlans extends KnownStore {
  readonly rules: CopyRules
}

/** What a copy would do with these products, with everything that it asks the store for; writes nothing. */
export async function planFor(
  store: Kysely<StoreTables>,
  plans: PagePlans,
  products: readonly SourceProduct[],
): Promise<PagePlan> {
  const page = await preparePage(products, plans.rules)
  return planKnowing(store, plans, { page, contents: await readPageState(store, plans, { products, page }) })
}

interface KnownPage {
  readonly page: PreparedPage
  readonly contents: StoreContents
}

/**
 * A plan whose changes meet the store as it was read: what the store has decided meanwhile is planned again, and what it
 * decides from here on waits for the page.
 */
async function planUndisturbed(trx: Trx, plans: PagePlans, { page, contents }: KnownPage): Promise<PagePlan> {
  const locked = new Set<number>()
  for (let { copied } = contents; ; ) {
    const plan = await planKnowing(trx, plans, { page, contents: { ...contents, copied } })
    const ids = plan.updates.map(({ sourceId }) => sourceId).filter((id) => !locked.has(id))
    if (ids.length === 0) return plan
    const standing = await lockCopied(trx, plans.companyId, ids)
    if (ids.every((id) => isDeepStrictEqual(standing.get(id), copied.get(id)))) return plan
    for (const id of ids) locked.add(id)
    copied = withStanding(copied, ids, standing)
  }
}

type Copied = StoreContents['copied']

/** One of the ids that is not standing any more is gone. */
function withStanding(copied: Copied, ids: readonly number[], standing: Copied): Copied {
  const others = new Map(copied)
  for (const id of ids) others.delete(id)
  return new Map([...others, ...standing])
}

/** A SKU that a plan has made up may be another row's: then it is planned again, knowing that. */
async function planKnowing(
  store: Kysely<StoreTables>,
  { companyId, skus: storeSkus, rules }: PagePlans,
  { page, contents }: KnownPage,
): Promise<PagePlan> {
  const takenSkus = new Set(contents.takenSkus)
  const asked = new Set<string>()
  for (;;) {
    const plan = planPrepared(page, { ...contents, takenSkus }, rules)
    const skus = plan.madeUpSkus.filter((sku) => !asked.has(sku))
    if (skus.length === 0) return plan
    for (const sku of skus) asked.add(sku)
    for (const sku of await readTaken(store, companyId, { skus, page: page.products })) takenSkus.add(sku)
    for (const sku of await storeSkus.takenElsewhere(store, page, skus)) takenSkus.add(sku)
  }
}

/** Those of the ids that this store neither has, for sale by its distributor, nor has skipped in this run. */
export async function withoutOutcome(
  store: StoreDatabase,
  { runId, companyId }: Claim,
  ids: readonly number[],
): Promise<readonly number[]> {
  const copied = await store
    .selectFrom('tat_items')
    .select('item_father_id as id')
    .where('company_id', '=', companyId)
    .where('item_father_id', 'in', ids)
    .where('source_state', '=', 'active')
    .execute()
  const noted = await store
    .selectFrom('copy_outcomes')
    .select('source_item_id as id')
    .where('run_id', '=', runId)
    .where('source_item_id', 'in', ids)
    .execute()
  const known = new Set([...copied, ...noted].map(({ id }) => id))
  return ids.filter((id) => !known.has(id))
}

type Trx = Transaction<StoreTables>
