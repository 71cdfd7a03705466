import { sql } from 'kysely'
import { isForSale } from '../../assortment/store-product.ts'
import { contains } from '../../database/sql.ts'
import type { CopyOutcomesTable } from '../../database/store-tables.ts'
import { genericSku } from '../../tenancy/provision-store.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'

/** A product as the store sells it. Money is in whole pesos. */
export interface StoreProduct {
  readonly id: number
  readonly sku: string
  readonly name: string
  readonly category: string | null
  readonly taxPercentage: number | null
  readonly imagePath: string | null
  /** What the store pays. */
  readonly cost: number
  /** What the store asks. */
  readonly price: number
  readonly stock: number
  /** It may be sold. */
  readonly active: boolean
}

/** A page of a store's products, or why there is none to show. */
export type ListedProducts = readonly StoreProduct[] | 'preparing' | 'unreadable'

export interface ProductPage {
  /** The store: its database may hold others too. */
  readonly companyId: number
  readonly limit: number
  readonly afterId?: number | undefined
  /** Part of the name or the SKU. */
  readonly search?: string | undefined
}

/** In the order in which they arrived, without the store's GENERICO: it belongs to the counter, not to the catalogue. */
export async function listStoreProducts(store: StoreDatabase, page: ProductPage): Promise<readonly StoreProduct[]> {
  const { companyId, limit, afterId = 0, search } = page
  let query = store
    .selectFrom('tat_items as item')
    .leftJoin('tat_categories as category', 'category.id', 'item.categoryId')
    .leftJoin('cnf_taxes as tax', 'tax.id', 'item.taxId')
    .select(['item.id', 'item.sku', 'item.name', 'category.name as category', 'tax.percentage as taxPercentage'])
    .select(['item.img_path as imagePath', 'item.cost', 'item.price', 'item.stock', 'item.status'])
    .select(['item.source_state as sourceState', 'item.hidden_at as hiddenAt'])
    .where('item.company_id', '=', companyId)
    .where('item.deleted_at', 'is', null)
    .where('item.own_sku', '!=', genericSku)
    .where('item.id', '>', afterId)
    .orderBy('item.id')
    .limit(limit)
  if (search) {
    const part = search.slice(0, maxSearch)
    query = query.where(({ or }) => or([contains('item.name', part), contains('item.sku', part)]))
  }
  return (await query.execute()).map(({ status, sourceState, hiddenAt, ...product }) => {
    const active = isForSale({ ...product, status, sourceState, hiddenAt, deletedAt: null })
    return { ...product, active }
  })
}

const maxSearch = 100

export interface ListedOutcome {
  readonly sku: string
  /** Null when the store has no such product. */
  readonly name: string | null
  readonly outcome: CopyOutcomesTable['outcome']
  readonly reason: string
}

export interface OutcomePage {
  readonly runId: number
  readonly limit: number
}

/** What somebody should look at after a run: errors first, then what was skipped, then remarks. */
export async function listOutcomes(store: StoreDatabase, page: OutcomePage): Promise<readonly ListedOutcome[]> {
  return store
    .selectFrom('copy_outcomes as outcome')
    .innerJoin('copy_receipts as receipt', 'receipt.run_id', 'outcome.run_id')
    .leftJoin('tat_items as item', (join) =>
      join
        .onRef('item.company_id', '=', 'receipt.company_id')
        .onRef('item.item_father_id', '=', 'outcome.source_item_id')
        .on('item.own_sku', '=', ''),
    )
    .select(['outcome.sku', 'item.name', 'outcome.outcome', 'outcome.reason'])
    .where('outcome.run_id', '=', page.runId)
    .orderBy(sql`case outcome.outcome when 'error' then 0 when 'skipped' then 1 else 2 end`)
    .orderBy('outcome.reason')
    .orderBy('outcome.id')
    .limit(page.limit)
    .execute()
}

export interface ReasonCount {
  readonly outcome: CopyOutcomesTable['outcome']
  readonly reason: string
  readonly products: number
}

/** How many products of a run stand in the report for each reason. */
export async function countReasons(store: StoreDatabase, runId: number): Promise<readonly ReasonCount[]> {
  return store
    .selectFrom('copy_outcomes')
    .select(['outcome', 'reason', ({ fn }) => fn.countAll<number>().as('products')])
    .where('run_id', '=', runId)
    .groupBy(['outcome', 'reason'])
    .orderBy('outcome')
    .orderBy('reason')
    .execute()
}
