import type { Kysely } from 'kysely'
import { locking } from '../database/sql.ts'
import type { StoreTables } from '../database/store-tables.ts'
import { ApplicationError } from '../errors.ts'

/** A row of a store as the person behind its counter sees it. */
export interface AssortedProduct {
  readonly id: number
  readonly sku: string
  readonly name: string
  /** The distributor's product, 0 for the store's own. */
  readonly sourceId: number
  readonly status: number
  /** Whole pesos. */
  readonly price: number
  readonly stock: number
  readonly sourceState: 'active' | 'discontinued'
  readonly lockedFields: string
  readonly hiddenAt: string | null
  readonly deletedAt: string | null
}

export interface ProductName {
  readonly companyId: number
  readonly sku: string
}

/**
 * Locks the product until the transaction ends. Of several with one SKU it is the one that is not deleted, then the oldest.
 * Throws `UnknownStoreProductError`.
 */
export async function lockProduct(trx: Kysely<StoreTables>, { companyId, sku }: ProductName): Promise<AssortedProduct> {
  const rows = await trx
    .selectFrom('tat_items')
    .select(['id', 'sku', 'name', 'item_father_id as sourceId', 'status', 'price', 'stock'])
    .select(['source_state as sourceState', 'locked_fields as lockedFields'])
    .select(['hidden_at as hiddenAt', 'deleted_at as deletedAt'])
    .where('company_id', '=', companyId)
    .where('sku', '=', sku)
    .orderBy('id')
    .$call(locking(trx))
    .execute()
  const product = rows.find(({ deletedAt }) => deletedAt === null) ?? rows[0]
  if (!product) throw new UnknownStoreProductError({ companyId, sku })
  return product
}

/** True for what may be sold at the counter: of what the distributor sells no more, as long as there is some. */
export function isForSale({ status, price, stock, sourceState, hiddenAt, deletedAt }: Sellable): boolean {
  if (status !== 1 || price <= 0 || hiddenAt !== null || deletedAt !== null) return false
  return sourceState === 'active' || stock > 0
}

/** True for what may be ordered: the distributor still sells it, and the store has not given it up. */
export function isRestockable({ sourceId, sourceState, deletedAt }: Restockable): boolean {
  return sourceId !== 0 && sourceState === 'active' && deletedAt === null
}

type Sellable = Pick<AssortedProduct, 'status' | 'price' | 'stock' | 'sourceState' | 'hiddenAt' | 'deletedAt'>
type Restockable = Pick<AssortedProduct, 'sourceId' | 'sourceState' | 'deletedAt'>

export class UnknownStoreProductError extends ApplicationError {
  readonly code = 'UNKNOWN_STORE_PRODUCT'

  constructor({ companyId, sku }: ProductName) {
    super({
      es: `La tienda ${companyId} no tiene ningún producto con el SKU ${JSON.stringify(sku)}. Búsquelo en la página de la tienda.`,
      en: `Store ${companyId} has no product with the SKU ${JSON.stringify(sku)}. Look for it on the store's page.`,
    })
  }
}
