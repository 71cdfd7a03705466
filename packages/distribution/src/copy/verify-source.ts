import { sql } from 'kysely'
import type { CentralDatabase } from '../database/open-central.ts'

/** A product of the distributor, active or not, as the oracle reads it. */
export interface ExpectedProduct {
  readonly id: number
  readonly sku: string
  readonly name: string
  readonly isActive: boolean
  readonly categoryId: number | null
  readonly category: string | null
  readonly taxName: string | null
  readonly taxPercentage: number | null
  /** Pesos, with the decimals that the price list has. */
  readonly regularPrice: number | null
  readonly image: string | null
}

const pageSize = 2000

/**
 * The next products of the distributor after `afterId`, in the order of their ids. Window functions pick price and image in
 * queries of their own: without statistics a planner would join them product by product.
 */
export async function readExpected(
  central: CentralDatabase,
  { distributorId }: { readonly distributorId: string },
  afterId: number,
): Promise<readonly ExpectedProduct[]> {
  const products = await readProducts(central, distributorId, afterId)
  const lastId = products.at(-1)?.id ?? afterId
  const prices = await readPrices(central, { afterId, lastId })
  const images = await readImages(central, { afterId, lastId })
  return products.map(({ isActive, ...product }) => ({
    ...product,
    isActive: isActive === 1,
    regularPrice: prices.get(product.id) ?? null,
    image: images.get(product.id) ?? null,
  }))
}

type Product = Omit<ExpectedProduct, 'isActive' | 'regularPrice' | 'image'> & { readonly isActive: number }

async function readProducts(
  central: CentralDatabase,
  distributorId: string,
  afterId: number,
): Promise<readonly Product[]> {
  const { rows } = await sql<Product>`
    select item.id, item.sku, item.name,
      case when item.status = 1 and item.deleted_at is null then 1 else 0 end as "isActive",
      category.id as "categoryId", category.name as category, tax.name as "taxName", tax.percentage as "taxPercentage"
    from inv_items item
    left join inv_categories category
      on category.id = item."categoryId"
      and category.deleted_at is null
      and category.tenant_id = item.tenant_id
    left join cnf_taxes tax on tax.id = item."taxId"
    where item.tenant_id = ${distributorId}
      and item.id > ${afterId}
    order by item.id
    limit ${pageSize}`.execute(central)
  return rows
}

interface Range {
  readonly afterId: number
  readonly lastId: number
}

async function readPrices(central: CentralDatabase, range: Range): Promise<ReadonlyMap<number, number>> {
  const { rows } = await sql<{ readonly item: number; readonly pesos: number }>`
    select item, pesos
    from (
      select "itemId" as item, "values" as pesos,
        row_number() over (partition by "itemId" order by date desc, updated_at desc, id desc) as place
      from inv_values
      where "itemId" > ${range.afterId}
        and "itemId" <= ${range.lastId}
        and label = 'Precio Regular'
        and deleted_at is null
        and coalesce("warehouseId", 0) = 0
    ) ranked
    where place = 1`.execute(central)
  return new Map(rows.map(({ item, pesos }) => [item, pesos]))
}

async function readImages(central: CentralDatabase, range: Range): Promise<ReadonlyMap<number, string>> {
  const { rows } = await sql<{ readonly item: number; readonly path: string }>`
    select item, path
    from (
      select "itemId" as item, img_path as path, row_number() over (partition by "itemId" order by id desc) as place
      from inv_image_gallery
      where "itemId" > ${range.afterId}
        and "itemId" <= ${range.lastId}
        and type = 'PRINCIPAL'
        and deleted_at is null
    ) ranked
    where place = 1`.execute(central)
  return new Map(rows.map(({ item, path }) => [item, path]))
}
