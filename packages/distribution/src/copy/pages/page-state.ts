import { type Kysely, type RawBuilder, sql } from 'kysely'
import { dialectOf, type SqlDialect } from '../../database/dialect.ts'
import { locking } from '../../database/sql.ts'
import type { StoreTables } from '../../database/store-tables.ts'
import type { SourceProduct } from '../plan/source-product.ts'
import { type CopiedProduct, type LockableField, lockableFields, type StoreContents } from '../plan/store-state.ts'
import type { AskingPage, StoreSkus } from './store-skus.ts'

/** A transaction, or the database itself for who only looks. */
type Trx = Kysely<StoreTables>

export interface KnownStore {
  readonly companyId: number
  readonly skus: StoreSkus
}

export interface AskedPage {
  readonly products: readonly SourceProduct[]
  /** What stands as active in the store between this product and the first one is asked for as well. */
  readonly afterId?: number | undefined
  /** May still be prepared while the store is asked. */
  readonly page: AskingPage | Promise<AskingPage>
}

/** What the store has of a page, and which SKUs its own products have: a store makes few of those, so all are read. */
export async function readPageState(
  trx: Trx,
  { companyId, skus }: KnownStore,
  { products, page, afterId }: AskedPage,
): Promise<StoreContents> {
  const first = products[0]?.id ?? 0
  const rows = await copiesOf(trx, companyId)
    .where('item_father_id', '>=', afterId === undefined ? first : afterId + 1)
    .where('item_father_id', '<=', products.at(-1)?.id ?? 0)
    // All that a catalogue ever had may be there.
    .where((eb) => eb.or([eb('item_father_id', '>=', first), eb('source_state', '=', 'active')]))
    .unionAll(ofStore(trx, companyId).where('item_father_id', '=', 0).where('sku', 'is not', null))
    .execute()
  const own = rows.filter(({ id }) => id === 0)
  const copied = rows.filter(({ id }) => id !== 0)
  return {
    copied: copiedById(copied),
    takenSkus: new Set([...own.map(({ sku }) => sku), ...(await skus.takenElsewhere(trx, await page))]),
  }
}

/** The same of products that a plan wants to change; from here on the store waits with its decisions until that is done. */
export async function lockCopied(
  trx: Trx,
  companyId: number,
  ids: readonly number[],
): Promise<ReadonlyMap<number, CopiedProduct>> {
  const rows = await copiesOf(trx, companyId)
    .where('item_father_id', 'in', ids)
    .orderBy('item_father_id')
    .$call(locking(trx))
    .execute()
  return copiedById(rows)
}

/** Of a product that the original application has left twice, the row that a copy writes: what the other one holds decides nothing. */
function copiesOf(trx: Trx, companyId: number) {
  return ofStore(trx, companyId).where('own_sku', '=', '')
}

function ofStore(trx: Trx, companyId: number) {
  return trx
    .selectFrom('tat_items')
    .select(['item_father_id as id', 'sku', 'content_hash as contentHash', 'price', 'price_strategy as priceStrategy'])
    .select(['price_mode as priceMode', 'locked_fields as lockedFields', 'source_state as sourceState'])
    .select(['hidden_at as hiddenAt', 'deleted_at as deletedAt'])
    .where('company_id', '=', companyId)
}

interface CopiedRow extends Omit<CopiedProduct, 'lockedFields'> {
  readonly id: number
  readonly lockedFields: string
}

function copiedById(rows: readonly CopiedRow[]): ReadonlyMap<number, CopiedProduct> {
  return new Map(rows.map(({ id, lockedFields, ...row }) => [id, withLocks(row, lockedFields)]))
}

function withLocks(row: Omit<CopiedProduct, 'lockedFields'>, locked: string): CopiedProduct {
  return { ...row, lockedFields: locked === '' ? [] : locked.split(',').filter(isLockable) }
}

function isLockable(field: string): field is LockableField {
  return lockableFields.some((each) => each === field)
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
    .where(comparable[dialectOf(trx)], 'in', skus)
    .execute()
  return rows.flatMap(({ sku, id }) => (onPage.has(id) ? [] : [sku]))
}

/** A column of another character set is not compared with letters that it does not have: MariaDB and MySQL refuse that. */
const comparable: Readonly<Record<SqlDialect, RawBuilder<string>>> = {
  sqlite: sql`sku`,
  mysql: sql`convert(sku using utf8mb4) collate utf8mb4_bin`,
  postgres: sql`sku`,
}
