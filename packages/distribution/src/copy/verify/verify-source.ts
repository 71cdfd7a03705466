import { sql } from 'kysely'
import type { PriceLabel } from '../../catalog/price-strategy.ts'
import type { CentralDatabase } from '../../database/open-central.ts'

/** A product of the distributor, active or not, as the oracle reads it. */
export interface ExpectedProduct {
  readonly id: number
  /** Null or empty only in databases that were adopted. */
  readonly sku: string | null
  readonly name: string
  readonly isActive: boolean
  readonly type: string
  readonly generic: number
  readonly inventoriable: number
  readonly categoryId: number | null
  readonly category: string | null
  readonly taxName: string | null
  readonly taxPercentage: number | null
  readonly brand: string | null
  readonly unit: string | null
  /** What the store pays: pesos, with the decimals that the price list has. */
  readonly basePrice: number | null
  readonly image: string | null
}

export interface SourceScope {
  readonly distributorId: string
  readonly baseLabel: PriceLabel
}

const pageSize = 2000

/**
 * The next products of the distributor after `afterId`, in the order of their ids. Window functions pick price and image in
 * queries of their own: without statistics a planner would join them product by product.
 */
export async function readExpected(
  central: CentralDatabase,
  { distributorId, baseLabel }: SourceScope,
  afterId: number,
): Promise<readonly ExpectedProduct[]> {
  const products = await readProducts(central, distributorId, afterId)
  const range = { afterId, lastId: products.at(-1)?.id ?? afterId }
  const [prices, images] = await Promise.all([readPrices(central, range, baseLabel), readImages(central, range)])
  return products.map(({ isActive, ...product }) => ({
    ...product,
    isActive: isActive === 1,
    basePrice: prices.get(product.id) ?? null,
    image: images.get(product.id) ?? null,
  }))
}

type Product = Omit<ExpectedProduct, 'isActive' | 'basePrice' | 'image'> & { readonly isActive: number }

async function readProducts(
  central: CentralDatabase,
  distributorId: string,
  afterId: number,
): Promise<readonly Product[]> {
  const { rows } = await sql<Product>`
    select item.id, item.sku, item.name, item.type, item.generic, item.inventoriable,
      case when item.status = 1 and item.deleted_at is null then 1 else 0 end as "isActive",
      category.id as "categoryId", category.name as category, tax.name as "taxName", tax.percentage as "taxPercentage",
      brand.name as brand, unit.description as unit
    from inv_items item
    left join inv_categories category on category.id = item."categoryId" and ${isOwn('category')}
    left join cnf_taxes tax on tax.id = item."taxId"
    left join inv_item_brand brand on brand.id = item."brandId" and ${isOwn('brand')}
    left join inv_unit_measurements unit on unit.id = item.consumption_unit and ${isOwn('unit')}
    where item.tenant_id = ${distributorId}
      and item.id > ${afterId}
    order by item.id
    limit ${pageSize}`.execute(central)
  return rows
}

/** What another distributor has, or what was deleted, counts as none. */
function isOwn(table: string) {
  return sql`${sql.ref(`${table}.deleted_at`)} is null and ${sql.ref(`${table}.tenant_id`)} = item.tenant_id`
}

interface Range {
  readonly afterId: number
  readonly lastId: number
}

async function readPrices(
  central: CentralDatabase,
  { afterId, lastId }: Range,
  label: PriceLabel,
): Promise<ReadonlyMap<number, number>> {
  const type = label.startsWith('Costo') ? 'costo' : 'precio'
  const { rows } = await sql<{ readonly item: number; readonly pesos: number }>`
    select item, pesos
    from (
      select "itemId" as item, "values" as pesos,
        row_number() over (partition by "itemId" order by date desc, updated_at desc, id desc) as place
      from inv_values
      where "itemId" > ${afterId}
        and "itemId" <= ${lastId}
        and label = ${label}
        and type = ${type}
        and deleted_at is null
        and coalesce("warehouseId", 0) = 0
    ) ranked
    where place = 1`.execute(central)
  return new Map(rows.map(({ item, pesos }) => [item, pesos]))
}

async function readImages(central: CentralDatabase, { afterId, lastId }: Range): Promise<ReadonlyMap<number, string>> {
  const { rows } = await sql<{ readonly item: number; readonly path: string }>`
    select item, path
    from (
      select "itemId" as item, img_path as path, row_number() over (partition by "itemId" order by id desc) as place
      from inv_image_gallery
      where "itemId" > ${afterId}
        and "itemId" <= ${lastId}
        and type = 'PRINCIPAL'
        and deleted_at is null
    ) ranked
    where place = 1`.execute(central)
  return new Map(rows.map(({ item, path }) => [item, path]))
}
