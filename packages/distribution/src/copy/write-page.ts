import type { Kysely, Transaction } from 'kysely'
import { untilUndisturbed } from '../database/sql.ts'
import type { StoreTables } from '../database/store-tables.ts'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import { readPageState, readTaken } from './page-state.ts'
import { type CopyRules, type PagePlan, planPage, type SourceProduct } from './plan.ts'
import { type Claim, type Receipt, readCurrent, recordPage, withPage } from './receipt.ts'
import { type ProductWriter, writeOutcomes, writeProducts } from './write-products.ts'

/** SQLite takes 32,766 parameters a statement, the others 65,535; the widest one here has 16 a product. */
export const pageSize = 1000

export interface SourcePage {
  /** Products after this one; the receipt must stand exactly here. */
  readonly afterId: number
  readonly products: readonly SourceProduct[]
}

/** Who writes the pages of one attempt, by which rules, and what that has learnt of the store. */
export interface PageWriter extends ProductWriter {
  readonly rules: CopyRules
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
  const { claim } = writer
  const receipt = await readCurrent(trx, claim)
  const plan = await planFor(trx, { companyId: claim.companyId, rules: writer.rules }, page.products)
  await writeProducts(trx, writer, [...plan.inserts, ...plan.updates])
  await writeOutcomes(trx, claim, plan.outcomes)
  // A look back writes products before the cursor, which stays.
  const toCursor = Math.max(page.afterId, page.products.at(-1)?.id ?? 0)
  await recordPage(trx, claim, { fromCursor: page.afterId, toCursor, counts: plan.counts })
  return withPage(receipt, { toCursor, counts: plan.counts })
}

/**
 * What a copy would do with these products, with everything that it asks the store for; writes nothing. A SKU that the plan
 * has made up may be another row's: then it is planned again, knowing that.
 */
export async function planFor(
  trx: Kysely<StoreTables>,
  { companyId, rules }: { readonly companyId: number; readonly rules: CopyRules },
  products: readonly SourceProduct[],
): Promise<PagePlan> {
  const contents = await readPageState(trx, companyId, products)
  const takenSkus = new Set(contents.takenSkus)
  const asked = new Set<string>()
  for (;;) {
    const plan = planPage(products, { ...contents, takenSkus }, rules)
    const skus = plan.madeUpSkus.filter((sku) => !asked.has(sku))
    if (skus.length === 0) return plan
    for (const sku of skus) asked.add(sku)
    for (const sku of await readTaken(trx, companyId, { skus, page: products })) takenSkus.add(sku)
  }
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
