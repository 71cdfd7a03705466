import type { Kysely } from 'kysely'
import type { StoreTables } from '../database/store-tables.ts'
import { type SourceProduct, sourceSku } from './source-product.ts'
import { type CopiedProduct, type LockableField, lockableFields, type StoreContents } from './store-state.ts'

/** A transaction, or the database itself for who only looks. */
type Trx = Kysely<StoreTables>

/** What the store has of a page, and which of its SKUs are another row's. */
export async function readPageState(
  trx: Trx,
  companyId: number,
  products: readonly SourceProduct[],
): Promise<StoreContents> {
  const ids = products.map(({ id }) => id)
  const rows = await trx
    .selectFrom('tat_items')
    .select(['item_father_id as id', 'sku', 'content_hash as contentHash', 'price', 'price_strategy as priceStrategy'])
    .select(['price_mode as priceMode', 'locked_fields as lockedFields', 'source_state as sourceState'])
    .select(['hidden_at as hiddenAt', 'deleted_at as deletedAt'])
    .where('company_id', '=', companyId)
    .where('source_item_id', '>=', Math.min(...ids))
    .where('source_item_id', '<=', Math.max(...ids))
    .execute()
  const copied = new Map(rows.map(({ id, lockedFields, ...row }) => [id, withLocks(row, lockedFields)]))
  return { copied, takenSkus: await readOwnSkus(trx, companyId, products) }
}

function withLocks(row: Omit<CopiedProduct, 'lockedFields'>, locked: string): CopiedProduct {
  return { ...row, lockedFields: locked === '' ? [] : locked.split(',').filter(isLockable) }
}

function isLockable(field: string): field is LockableField {
  return lockableFields.some((each) => each === field)
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
  const rows = first.length <= fewOwn ? first : await own.where('own_sku', 'in', products.map(sourceSku)).execute()
  return new Set(rows.map(({ own_sku: sku }) => sku ?? ''))
}

/** Which of these SKUs rows of the store have that are not on the page. */
export async function readTaken(
  trx: Trx,
  companyId: number,
  { skus, page }: { readonly skus: readonly string[]; readonly page: readonly SourceProduct[] },
): Promise<readonly string[]> {
  if (skus.length === 0) return []
  const onPage = new Set(page.map(({ id }) => id))
  const rows = await trx
    .selectFrom('tat_items')
    .select(['sku', 'item_father_id as id'])
    .where('company_id', '=', companyId)
    .where('sku', 'in', skus)
    .execute()
  return rows.flatMap(({ sku, id }) => (onPage.has(id) ? [] : [sku]))
}
