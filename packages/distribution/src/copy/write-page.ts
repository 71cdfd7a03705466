import type { Transaction } from 'kysely'
import type { PriceStrategy } from '../catalog/price-strategy.ts'
import { bulkUpsert, type ColumnType } from '../database/bulk-upsert.ts'
import { untilUndisturbed } from '../database/sql.ts'
import type { StoreTables } from '../database/store-tables.ts'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import { type PlannedOutcome, type PlannedProduct, planPage, type SourceProduct, type StoreState } from './plan.ts'
import { type Claim, type Receipt, readCurrent, recordPage, withPage } from './receipt.ts'
import type { StoreReferences } from './store-references.ts'

/** SQLite takes 32,766 parameters a statement, the others 65,535; the widest one here has 12 a product. */
export const pageSize = 1000

export interface SourcePage {
  /** Products after this one; the receipt must stand exactly here. */
  readonly afterId: number
  readonly products: readonly SourceProduct[]
}

/** Who writes the pages of one attempt, and what that has learnt of the store. */
export interface PageWriter {
  readonly claim: Claim
  readonly strategy: PriceStrategy
  readonly references: StoreReferences
}

/**
 * Writes one page and the proof of it in one transaction: after a crash there are either both or neither. The epoch is
 * read inside the transaction, so a worker that was overtaken writes nothing. Throws `LeaseLostError` then.
 */
export async function writePage(store: StoreDatabase, writer: PageWriter, page: SourcePage): Promise<Receipt> {
  // Stores that share a database share its taxes, and may meet there: who was made to step back writes the page anew.
  return untilUndisturbed(() => tryToWrite(store, writer, page))
}

async function tryToWrite(store: StoreDatabase, writer: PageWriter, page: SourcePage): Promise<Receipt> {
  try {
    return await store.transaction().execute((trx) => writeInside(trx, writer, page))
  } catch (error) {
    writer.references.forget()
    throw error
  }
}

async function writeInside(trx: Trx, writer: PageWriter, page: SourcePage): Promise<Receipt> {
  const { claim, strategy } = writer
  const receipt = await readCurrent(trx, claim)
  const plan = planPage(page.products, await readState(trx, claim, page), strategy)
  await writeProducts(trx, writer, [...plan.inserts, ...plan.updates])
  await writeOutcomes(trx, claim, plan.outcomes)
  // A look back writes products before the cursor, which stays.
  const toCursor = Math.max(page.afterId, page.products.at(-1)?.id ?? 0)
  await recordPage(trx, claim, { fromCursor: page.afterId, toCursor, counts: plan.counts })
  return withPage(receipt, { toCursor, counts: plan.counts })
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

async function readState(trx: Trx, { companyId }: Claim, { products }: SourcePage): Promise<StoreState> {
  const ids = products.map(({ id }) => id)
  const copied = await trx
    .selectFrom('tat_items')
    .select(['item_father_id as id', 'content_hash as hash'])
    .where('company_id', '=', companyId)
    .where('source_item_id', '>=', Math.min(...ids))
    .where('source_item_id', '<=', Math.max(...ids))
    .execute()
  return {
    hashes: new Map(copied.map(({ id, hash }) => [id, hash])),
    ownSkus: await readOwnSkus(trx, companyId, products),
  }
}

/** A store has few products of its own: to read them all is faster than to ask for a thousand SKUs. */
const fewOwn = 1_000

async function readOwnSkus(
  trx: Trx,
  companyId: number,
  products: readonly SourceProduct[],
): Promise<ReadonlySet<string>> {
  const own = trx.selectFrom('tat_items').select('own_sku').where('company_id', '=', companyId)
  const first = await own
    .where('own_sku', 'is not', null)
    .limit(fewOwn + 1)
    .execute()
  const skus = products.map(({ sku }) => sku)
  const rows = first.length <= fewOwn ? first : await own.where('own_sku', 'in', skus).execute()
  return new Set(rows.map(({ own_sku: sku }) => sku ?? ''))
}

async function writeProducts(
  trx: Trx,
  { claim, references }: PageWriter,
  products: readonly PlannedProduct[],
): Promise<void> {
  if (products.length === 0) return
  await references.ensure(trx, products)
  await bulkUpsert(trx, {
    table: 'tat_items',
    columns: ['item_father_id', 'company_id', ...copied],
    types: ['int', 'int', ...copiedTypes],
    values: products.flatMap((product) => [product.sourceId, claim.companyId, ...copiedValues(product, references)]),
    key: ['company_id', 'source_item_id'],
    update: copied,
    touch: ['updated_at'],
  })
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
] as const satisfies readonly (keyof StoreTables['tat_items'])[]

/** In the order of `copied`. */
const copiedTypes: readonly ColumnType[] = [
  'text',
  'text',
  'int',
  'int',
  'text',
  'bigint',
  'bigint',
  'int',
  'text',
  'text',
]

/** In the order of `copied`. */
function copiedValues(product: PlannedProduct, references: StoreReferences): readonly (string | number | null)[] {
  return [
    product.sku,
    product.name,
    references.taxId(product.tax),
    references.categoryId(product.category),
    product.imagePath,
    product.cost,
    product.price,
    product.status,
    product.priceStrategy,
    product.contentHash,
  ]
}

async function writeOutcomes(trx: Trx, { runId }: Claim, outcomes: readonly PlannedOutcome[]): Promise<void> {
  if (outcomes.length === 0) return
  const rows = outcomes.map(({ sourceId, ...outcome }) => ({ run_id: runId, source_item_id: sourceId, ...outcome }))
  await trx.insertInto('copy_outcomes').values(rows).execute()
}
