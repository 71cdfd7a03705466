import type { CentralDatabase } from '../database/open-central.ts'
import { currentPriceId, principalImageId } from './current-values.ts'

/** A product of the catalogue as it stands before an import, with its current price and principal image. */
export interface StoredProduct {
  readonly id: number
  readonly sku: string
  readonly name: string
  readonly categoryId: number | null
  readonly taxId: number | null
  readonly brandId: number | null
  readonly unitId: number | null
  readonly status: number
  readonly isDeleted: boolean
  readonly price: StoredPrice | null
  readonly image: string | null
}

/** By SKU. */
export type StoredProducts = ReadonlyMap<string, StoredProduct>

export interface StoredPrice {
  /** Pesos. */
  readonly pesos: number
  /** UTC, `YYYY-MM-DD HH:MM:SS`. */
  readonly date: string
  readonly updatedAt: string
}

/** The distributor's products with these SKUs, deleted ones included, by SKU; one statement. */
export async function findStoredProducts(
  db: CentralDatabase,
  distributorId: string,
  skus: readonly string[],
): Promise<StoredProducts> {
  const rows = await selectProducts(db, distributorId, skus)
  // Of several with one SKU, which the original application allows, the first that is not deleted is taken.
  const products = rows
    .map(storedProduct)
    .toSorted((one, other) => Number(other.isDeleted) - Number(one.isDeleted) || other.id - one.id)
  return new Map(products.map((product) => [product.sku, product]))
}

type Row = Awaited<ReturnType<typeof selectProducts>>[number]

function selectProducts(db: CentralDatabase, distributorId: string, skus: readonly string[]) {
  return db
    .selectFrom('inv_items as item')
    .leftJoin('inv_values as price', (join) => join.on((eb) => eb('price.id', '=', currentPriceId(eb))))
    .leftJoin('inv_image_gallery as image', (join) => join.on((eb) => eb('image.id', '=', principalImageId(eb))))
    .select(['item.id', 'item.sku', 'item.name', 'item.categoryId', 'item.taxId', 'item.brandId', 'item.status'])
    .select(['item.consumption_unit', 'item.deleted_at', 'price.values', 'price.date', 'image.img_path'])
    .select('price.updated_at as priceUpdatedAt')
    .where('item.tenant_id', '=', distributorId)
    .where('item.sku', 'in', skus)
    .execute()
}

function storedProduct(row: Row): StoredProduct {
  return {
    id: row.id,
    sku: row.sku,
    name: row.name,
    categoryId: row.categoryId,
    taxId: row.taxId,
    brandId: row.brandId,
    unitId: row.consumption_unit,
    status: row.status,
    isDeleted: row.deleted_at !== null,
    price: storedPrice(row),
    image: row.img_path,
  }
}

function storedPrice(row: Row): StoredPrice | null {
  if (row.values === null || row.date === null || row.priceUpdatedAt === null) return null
  return { pesos: row.values, date: row.date, updatedAt: row.priceUpdatedAt }
}
