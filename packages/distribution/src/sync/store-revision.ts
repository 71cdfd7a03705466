import { sql } from 'kysely'
import { copiedProducts } from '../database/copied-products.ts'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import { digestRows } from './row-digest.ts'

/**
 * What a copy has written into a store and what it asks the store for: every column of the copied products but stock and
 * moments of change, the SKUs of the store's own, its categories and its taxes. A copy that finds the revision of the last one
 * would leave everything as it is. Sales and deliveries, which move stock, do not move it.
 */
export async function readStoreRevision(store: StoreDatabase, companyId: number): Promise<string> {
  const { condition } = await copiedProducts(store, companyId)
  return digestRows(store, [
    { from: sql`from tat_items where ${condition}`, columns: copiedColumns, nullable: nullableColumns },
    { from: sql`from tat_items where company_id = ${companyId} and item_father_id = 0`, columns: ['id', 'own_sku'] },
    {
      from: sql`from tat_categories where company_id = ${companyId}`,
      columns: ['id', 'source_category_id', 'name'],
    },
    { from: sql`from cnf_taxes`, columns: ['id', 'name', 'percentage'] },
  ])
}

/** True when the store has given a field or a price of a product back to the distributor, which only a copy brings. */
export async function awaitsCopy(store: StoreDatabase, companyId: number): Promise<boolean> {
  const { condition } = await copiedProducts(store, companyId)
  const row = await store
    .selectFrom('tat_items')
    .select('id')
    .where(condition)
    // No copy writes what the original application has left twice.
    .where('own_sku', '=', '')
    .where('content_hash', 'is', null)
    .where('source_state', '=', 'active')
    .where('deleted_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

const copiedColumns = [
  ...['item_father_id', 'sku', 'name', 'cost', 'price', 'price_mode', 'status', 'locked_fields', 'source_state'],
]

const nullableColumns = [
  ...['"taxId"', '"categoryId"', 'img_path', 'brand', 'unit', 'price_strategy', 'content_hash', 'hidden_at'],
  'deleted_at',
]
