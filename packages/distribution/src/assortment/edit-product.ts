import type { UpdateObject } from 'kysely'
import { maxPesos } from '../catalog/store-price.ts'
import { now } from '../database/sql.ts'
import type { StoreTables } from '../database/store-tables.ts'
import { ApplicationError } from '../errors.ts'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import { type AssortedProduct, lockProduct, type ProductName } from './store-product.ts'

/** What a store decides about one of its products. */
export type ProductEdit =
  | { readonly kind: 'setPrice' /** Whole pesos. */; readonly price: number }
  | { readonly kind: 'followPrice' | 'hide' | 'show' | 'delete' | 'restore' }

/**
 * Writes a decision of the store, which every later copy keeps. The row stays the same one, with its source, its stock and
 * its history: a deleted product is marked, and restored as it was. Doing the same again changes nothing. Throws
 * `UnknownStoreProductError`, and `InvalidStorePriceError` for what nobody could charge.
 */
export async function editProduct(store: StoreDatabase, name: ProductName, edit: ProductEdit): Promise<void> {
  if (edit.kind === 'setPrice') checkPrice(edit.price)
  await store.transaction().execute(async (trx) => {
    const product = await lockProduct(trx, name)
    await trx
      .updateTable('tat_items')
      .set({ ...changeOf(product, edit), updated_at: now })
      .where('id', '=', product.id)
      .execute()
  })
}

function changeOf({ hiddenAt, deletedAt, lockedFields }: AssortedProduct, edit: ProductEdit): Change {
  switch (edit.kind) {
    case 'setPrice':
      // What had no price was not for sale, and may be now.
      return { price: edit.price, price_mode: 'manual', ...(!isStatusLocked(lockedFields) && { status: 1 }) }
    case 'followPrice':
      // Without its hash the next copy writes the row again.
      return { price_mode: 'auto', content_hash: null }
    case 'hide':
      return { hidden_at: hiddenAt ?? now }
    case 'show':
      return { hidden_at: null }
    case 'delete':
      return { deleted_at: deletedAt ?? now }
    case 'restore':
      // Copies have passed it by, one perhaps this very moment: without its hash the next one looks at it and writes it.
      return deletedAt === null ? {} : { deleted_at: null, content_hash: null }
  }
}

type Change = UpdateObject<StoreTables, 'tat_items'>

function isStatusLocked(lockedFields: string): boolean {
  return lockedFields.split(',').includes('status')
}

function checkPrice(price: number): void {
  if (!Number.isInteger(price) || price < 1 || price > maxPesos) throw new InvalidStorePriceError(price)
}

export class InvalidStorePriceError extends ApplicationError {
  readonly code = 'INVALID_STORE_PRICE'

  constructor(price: number) {
    super({
      es: `${price} no es un precio: use pesos enteros, de 1 a ${maxPesos}.`,
      en: `${price} is no price: use whole pesos, from 1 to ${maxPesos}.`,
    })
  }
}
