import type { Generated } from 'kysely'

/** The tables of one store's own database. Money is in Colombian pesos, without decimals. */
export interface StoreTables {
  tat_items: StoreItemsTable
  tat_categories: StoreCategoriesTable
  cnf_taxes: {
    id: Generated<number>
    name: string
    percentage: number
    status: Generated<number>
    created_at: Generated<string>
  }
  copy_receipts: CopyReceiptsTable
  copy_outcomes: CopyOutcomesTable
  tat_restock_list: RestockListTable
}

export interface StoreItemsTable {
  id: Generated<number>
  /** The distributor's product, 0 for the store's own. */
  item_father_id: number
  /** Generated: the sku of the store's own products, empty for copied ones. Unique: (company_id, item_father_id, own_sku). */
  own_sku: Generated<string>
  company_id: number
  sku: string
  name: string
  taxId: number | null
  categoryId: number | null
  stock: Generated<number>
  img_path: string | null
  /** What the store pays. */
  cost: number
  /** What the store asks. */
  price: number
  /** 1 for sale, 0 not. */
  status: Generated<number>
  /** Name and version of the strategy that made `price`, such as `margin-30@1`. */
  price_strategy: string | null
  /** Hash of all that the copy writes; equal hash, equal row. */
  content_hash: string | null
  brand: Generated<string | null>
  unit: Generated<string | null>
  /** `manual` once the store has set the price itself. */
  price_mode: Generated<'auto' | 'manual'>
  /** What the store decides for itself, with commas between. */
  locked_fields: Generated<string>
  /** `discontinued` once the distributor sells it no more. */
  source_state: Generated<'active' | 'discontinued'>
  /** The run that brought the product. */
  copied_run_id: Generated<number | null>
  /** Not shown to the store's customers. */
  hidden_at: Generated<string | null>
  created_at: Generated<string>
  updated_at: Generated<string>
  /** The store has deleted it: no copy brings it back. */
  deleted_at: Generated<string | null>
}

export interface StoreCategoriesTable {
  id: Generated<number>
  company_id: number
  /** The distributor's category; 0 for TIENDA, where products without a category go. Unique: (company_id, source_category_id). */
  source_category_id: number
  name: string
  status: Generated<number>
  created_at: Generated<string>
}

/** The proof of what a run did here, written in the same transaction as its rows. */
export interface CopyReceiptsTable {
  run_id: number
  company_id: number
  /** The highest epoch that ever wrote here; a smaller one is refused. */
  epoch: number
  /** Source ids up to here are in the snapshot. */
  max_source_id: number
  /** Source ids up to here are done. */
  cursor_id: Generated<number>
  total: number
  copied: Generated<number>
  updated: Generated<number>
  unchanged: Generated<number>
  skipped: Generated<number>
  errors: Generated<number>
  pages: Generated<number>
  status: 'running' | 'done'
  finished_at: string | null
}

/** Products of a run that somebody should look at; the others are only counted. Unique: (run_id, source_item_id, reason). */
export interface CopyOutcomesTable {
  id: Generated<number>
  run_id: number
  source_item_id: number
  sku: string
  outcome: 'copied' | 'updated' | 'unchanged' | 'skipped' | 'error'
  /** without_price, price_floored, sku_taken, reserved_sku … */
  reason: string
  /** With `margin_low`: whole pesos that would leave the margin. */
  suggested_price: Generated<number | null>
}

/** A product that a store has asked its distributor for. Unique: (company_id, order_number, itemId). */
export interface RestockListTable {
  id: Generated<number>
  /** The distributor's product. */
  itemId: number
  company_id: number
  quantity_request: number
  /** Null until it has arrived. */
  quantity_recive: number | null
  /** `Confirmado` in orders that the original application has confirmed. */
  status: Generated<'Registrado' | 'Confirmado' | 'Recibido'>
  /** Null while it stands on the list of the next order. */
  order_number: string | null
  created_at: Generated<string>
  updated_at: Generated<string>
}

/** What tells the products of `tat_items` apart: copied ones by their source, a store's own by their SKU. */
export const productKey = ['company_id', 'item_father_id', 'own_sku'] as const
