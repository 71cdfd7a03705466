import { sql } from 'kysely'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import { digestRows } from './row-digest.ts'

/**
 * What a copy has written into a store and what it asks the store for, in one statement: every column of the copied products
 * but stock and moments of change, the SKUs of the store's own, its categories and its taxes. A copy that finds the revision
 * of the last one would leave everything as it is. Sales and deliveries, which move stock, do not move it.
 */
export function readStoreRevision(store: StoreDatabase, companyId: number): Promise<string> {
  return digestRows(store, [
    {
      from: sql`from tat_items where company_id = ${companyId} and source_item_id is not null`,
      columns: copiedColumns,
    },
    { from: sql`from tat_items where company_id = ${companyId} and own_sku is not null`, columns: ['id', 'own_sku'] },
    {
      from: sql`from tat_categories where company_id = ${companyId}`,
      columns: ['id', 'source_category_id', 'name'],
    },
    { from: sql`from cnf_taxes`, columns: ['id', 'name', 'percentage'] },
  ])
}

const copiedColumns = [
  ...['source_item_id', 'sku', 'name', '"taxId"', '"categoryId"', 'img_path', 'brand', 'unit'],
  ...['cost', 'price', 'price_strategy', 'price_mode', 'status', 'content_hash', 'locked_fields'],
  ...['source_state', 'hidden_at', 'deleted_at'],
] as const
