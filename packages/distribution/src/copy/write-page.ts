import type { Transaction } from 'kysely'
import type { PriceStrategy } from '../catalog/price-strategy.ts'
import { untilUndisturbed, upsert } from '../database/sql.ts'
import type { StoreTables } from '../database/store-tables.ts'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import {
  type PlannedCategory,
  type PlannedOutcome,
  type PlannedProduct,
  planPage,
  type SourceProduct,
  type StoreState,
} from './plan.ts'
import { type Claim, type Receipt, readCurrent, recordPage } from './receipt.ts'

/** SQLite takes 32,766 parameters a statement, the others 65,535; the widest one here has 12 a product. */
export const pageSize = 1000

export interface SourcePage {
  /** Products after this one; the receipt must stand exactly here. */
  readonly afterId: number
  readonly products: readonly SourceProduct[]
}

/**
 * Writes one page and the proof of it in one transaction: after a crash there are either both or neither. The epoch is
 * read inside the transaction, so a worker that was overtaken writes nothing. Throws `LeaseLostError` then.
 */
export async function writePage(
  store: StoreDatabase,
  { claim, strategy }: { readonly claim: Claim; readonly strategy: PriceStrategy },
  page: SourcePage,
): Promise<Receipt> {
  return inStore(store, async (trx) => {
    await readCurrent(trx, claim)
    const plan = planPage(page.products, await readState(trx, claim, page), strategy)
    await writeProducts(trx, claim, [...plan.inserts, ...plan.updates])
    await writeOutcomes(trx, claim, plan.outcomes)
    // A look back writes products before the cursor, which stays.
    const toCursor = Math.max(page.afterId, page.products.at(-1)?.id ?? 0)
    await recordPage(trx, claim, { fromCursor: page.afterId, toCursor, counts: plan.counts })
    return readCurrent(trx, claim)
  })
}

/** Stores that share a database share its taxes, and may meet there: who was made to step back writes the page anew. */
function inStore<Result>(store: StoreDatabase, work: (trx: Trx) => Promise<Result>): Promise<Result> {
  return untilUndisturbed(() => store.transaction().execute(work))
}

/** Those of the ids that this store neither has nor has skipped in this run. */
export async function withoutOutcome(
  store: StoreDatabase,
  { runId, companyId }: Claim,
  ids: readonly number[],
): Promise<readonly number[]> {
  const copied = await store
    .selectFrom('tat_items')
    .select('source_item_id as id')
    .where('company_id', '=', companyId)
    .where('source_item_id', 'in', ids)
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

async function readState(trx: Trx, { companyId }: Claim, page: SourcePage): Promise<StoreState> {
  const copied = await trx
    .selectFrom('tat_items')
    .select(['item_father_id as id', 'content_hash as hash'])
    .where('company_id', '=', companyId)
    .where(
      'source_item_id',
      'in',
      page.products.map(({ id }) => id),
    )
    .execute()
  const skus = page.products.map(({ sku }) => sku)
  const own = await trx
    .selectFrom('tat_items')
    .select('sku')
    .where('company_id', '=', companyId)
    .where('own_sku', 'in', skus)
    .execute()
  return {
    hashes: new Map(copied.map(({ id, hash }) => [id, hash])),
    ownSkus: new Set(own.map(({ sku }) => sku)),
  }
}

async function writeProducts(trx: Trx, claim: Claim, products: readonly PlannedProduct[]): Promise<void> {
  if (products.length === 0) return
  const categoryIds = await writeCategories(trx, claim, products)
  const taxIds = await writeTaxes(trx, products)
  const rows = products.map((product) => ({
    item_father_id: product.sourceId,
    company_id: claim.companyId,
    sku: product.sku,
    name: product.name,
    taxId: product.tax === null ? null : (taxIds.get(taxKey(product.tax)) ?? null),
    categoryId: categoryIds.get(product.category.sourceId) ?? null,
    img_path: product.imagePath,
    cost: product.cost,
    price: product.price,
    status: product.status,
    price_strategy: product.priceStrategy,
    content_hash: product.contentHash,
  }))
  await upsert(trx, 'tat_items', { rows, key: ['company_id', 'source_item_id'], update: copied, touch: ['updated_at'] })
}

/** Stock is the store's own: it begins at 0 and no copy touches it again. */
const copied = [
  'sku',
  'name',
  'taxId',
  'categoryId',
  'img_path',
  'cost',
  'price',
  'status',
  'price_strategy',
  'content_hash',
] as const

/** Makes the categories that are missing and renames those that have another name; answers ids by source id. */
async function writeCategories(
  trx: Trx,
  { companyId }: Claim,
  products: readonly PlannedProduct[],
): Promise<ReadonlyMap<number, number>> {
  const wanted = new Map(products.map(({ category }) => [category.sourceId, category]))
  const read = () =>
    trx
      .selectFrom('tat_categories')
      .select(['id', 'source_category_id', 'name'])
      .where('company_id', '=', companyId)
      .where('source_category_id', 'in', [...wanted.keys()])
      .execute()
  const existing = await read()
  const names = new Map(existing.map((category) => [category.source_category_id, category.name]))
  const changed = [...wanted.values()].filter(({ sourceId, name }) => names.get(sourceId) !== name)
  if (changed.length > 0) await upsertCategories(trx, companyId, changed)
  const current = changed.length > 0 ? await read() : existing
  return new Map(current.map((category) => [category.source_category_id, category.id]))
}

async function upsertCategories(trx: Trx, companyId: number, categories: readonly PlannedCategory[]): Promise<void> {
  const rows = categories.map(({ sourceId, name }) => ({ company_id: companyId, source_category_id: sourceId, name }))
  await upsert(trx, 'tat_categories', { rows, key: ['company_id', 'source_category_id'], update: ['name'] })
}

interface Tax {
  readonly name: string
  readonly percentage: number
}

/** Taxes are the same when name and percentage are; ids of the distributor mean nothing in the store. */
async function writeTaxes(trx: Trx, products: readonly PlannedProduct[]): Promise<ReadonlyMap<string, number>> {
  const wanted = new Map(products.flatMap(({ tax }) => (tax ? [[taxKey(tax), tax] as const] : [])))
  if (wanted.size === 0) return new Map()
  const names = [...wanted.values()].map(({ name }) => name)
  const read = async () => {
    const rows = await trx
      .selectFrom('cnf_taxes')
      .select(['id', 'name', 'percentage'])
      .where('name', 'in', names)
      .execute()
    return new Map(rows.map((tax) => [taxKey(tax), tax.id]))
  }
  const existing = await read()
  const missing = [...wanted]
    .filter(([key]) => !existing.has(key))
    .map(([, { name, percentage }]) => ({ name, percentage }))
  if (missing.length === 0) return existing
  await upsert(trx, 'cnf_taxes', { rows: missing, key: ['name', 'percentage'], update: [] })
  return read()
}

function taxKey({ name, percentage }: Tax): string {
  return JSON.stringify([name, percentage])
}

async function writeOutcomes(trx: Trx, { runId }: Claim, outcomes: readonly PlannedOutcome[]): Promise<void> {
  if (outcomes.length === 0) return
  const rows = outcomes.map(({ sourceId, ...outcome }) => ({ run_id: runId, source_item_id: sourceId, ...outcome }))
  await trx.insertInto('copy_outcomes').values(rows).execute()
}
