import { sql } from 'kysely'
import type { PriceLabel } from '../../catalog/price-strategy.ts'
import { dialectOf } from '../../database/dialect.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import { SharedRows } from './shared-rows.ts'

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

/** A page with fewer is the last. */
export const expectedPageSize = 1_000

/** What products of the distributor refer to. */
export class SourceReferences {
  readonly categories: SharedRows<NamedRow>
  readonly taxes: SharedRows<NamedRow & { readonly percentage: number }>
  readonly brands: SharedRows<NamedRow>
  readonly units: SharedRows<NamedRow>

  constructor(central: CentralDatabase, { distributorId }: Pick<SourceScope, 'distributorId'>) {
    const ofDistributor = (table: string, name: string) =>
      new SharedRows<NamedRow>(async (ids) => {
        const { rows } = await sql<NamedRow>`
          select id, ${sql.ref(name)} as name
          from ${sql.table(table)}
          where id in (${sql.join(ids)}) and tenant_id = ${distributorId} and deleted_at is null`.execute(central)
        return rows
      })
    this.categories = ofDistributor('inv_categories', 'name')
    this.brands = ofDistributor('inv_item_brand', 'name')
    this.units = ofDistributor('inv_unit_measurements', 'description')
    this.taxes = new SharedRows((ids) =>
      central.selectFrom('cnf_taxes').select(['id', 'name', 'percentage']).where('id', 'in', ids).execute(),
    )
  }
}

interface NamedRow {
  readonly id: number
  readonly name: string
}

/**
 * The products with their prices, images and names. Those come by queries of their own: without statistics a planner would join
 * prices product by product.
 */
export async function withValues(
  central: CentralDatabase,
  { baseLabel, references }: Pick<SourceScope, 'baseLabel'> & { readonly references: SourceReferences },
  products: readonly SourceProduct[],
): Promise<readonly ExpectedProduct[]> {
  const [first, last] = [products[0], products.at(-1)]
  if (first === undefined || last === undefined) return []
  const range = { firstId: first.id, lastId: last.id }
  const [prices, images, categories, taxes, brands, units] = await Promise.all([
    readPrices(central, range, baseLabel),
    readImages(central, range),
    references.categories.find(products.map(({ categoryId }) => categoryId)),
    references.taxes.find(products.map(({ taxId }) => taxId)),
    references.brands.find(products.map(({ brandId }) => brandId)),
    references.units.find(products.map(({ unitId }) => unitId)),
  ])
  return products.map((product) => {
    const category = categories.get(product.categoryId)
    const tax = taxes.get(product.taxId)
    return {
      id: product.id,
      sku: product.sku,
      name: product.name,
      isActive: product.isActive === 1,
      type: product.type,
      generic: product.generic,
      inventoriable: product.inventoriable,
      categoryId: category?.id ?? null,
      category: category?.name ?? null,
      taxName: tax?.name ?? null,
      taxPercentage: tax?.percentage ?? null,
      brand: brands.get(product.brandId)?.name ?? null,
      unit: units.get(product.unitId)?.name ?? null,
      basePrice: prices.get(product.id)?.pesos ?? null,
      image: images.get(product.id)?.path ?? null,
    }
  })
}

interface SourceProduct
  extends Pick<ExpectedProduct, 'id' | 'sku' | 'name' | 'type' | 'generic' | 'inventoriable' | 'categoryId'> {
  readonly isActive: number
  readonly taxId: number | null
  readonly brandId: number | null
  readonly unitId: number | null
}

/**
 * By an index that begins with the distributor, SQLite sorts all products that are left for each page. Without it, it passes over
 * those of other distributors: a million in 40 ms.
 */
const itemsInOrder = {
  sqlite: sql`inv_items item not indexed`,
  mysql: sql`inv_items item`,
  postgres: sql`inv_items item`,
}

/** The next products of the distributor after `afterId`, in the order of their ids. */
export async function readProducts(
  central: CentralDatabase,
  { distributorId }: Pick<SourceScope, 'distributorId'>,
  afterId: number,
): Promise<readonly SourceProduct[]> {
  const { rows } = await sql<SourceProduct>`
    select item.id, item.sku, item.name, item.type, item.generic, item.inventoriable,
      case when item.status = 1 and item.deleted_at is null then 1 else 0 end as "isActive",
      item."categoryId", item."taxId", item."brandId", item.consumption_unit as "unitId"
    from ${itemsInOrder[dialectOf(central)]}
    where item.tenant_id = ${distributorId}
      and item.id > ${afterId}
    order by item.id
    limit ${expectedPageSize}`.execute(central)
  return rows
}

interface Range {
  readonly firstId: number
  readonly lastId: number
}

interface Price {
  readonly item: number
  readonly pesos: number
}

interface DatedPrice extends Price {
  readonly date: string | null
  readonly changed: string | null
  readonly id: number
}

/** More prices or images than a page of products has in years; what was there before is not read into the memory. */
const mostValues = 50_000

/** The latest of each product: sorted here, which takes a database twice as long. */
async function readPrices(
  central: CentralDatabase,
  range: Range,
  label: PriceLabel,
): Promise<ReadonlyMap<number, Price>> {
  const { rows } = await sql<DatedPrice>`
    select "itemId" as item, "values" as pesos, date, updated_at as changed, id
    from inv_values
    where ${isPriceOf(range, label)}
    limit ${mostValues + 1}`.execute(central)
  if (rows.length > mostValues) return byItem(await pickLatest(central, range, label))
  const latest = new Map<number, DatedPrice>()
  for (const row of rows) {
    const other = latest.get(row.item)
    if (other === undefined || isLater(row, other)) latest.set(row.item, row)
  }
  return latest
}

function isPriceOf({ firstId, lastId }: Range, label: PriceLabel) {
  return sql`"itemId" >= ${firstId}
      and "itemId" <= ${lastId}
      and label = ${label}
      and type = ${label.startsWith('Costo') ? 'costo' : 'precio'}
      and deleted_at is null
      and coalesce("warehouseId", 0) = 0`
}

/** Moments as the databases write them sort as texts; what has none is older than everything. */
function isLater(one: DatedPrice, other: DatedPrice): boolean {
  const [date, otherDate] = [one.date ?? '', other.date ?? '']
  if (date !== otherDate) return date > otherDate
  const [changed, otherChanged] = [one.changed ?? '', other.changed ?? '']
  return changed === otherChanged ? one.id > other.id : changed > otherChanged
}

async function pickLatest(central: CentralDatabase, range: Range, label: PriceLabel): Promise<readonly Price[]> {
  const { rows } = await sql<Price>`
    select item, pesos
    from (
      select "itemId" as item, "values" as pesos,
        row_number() over (partition by "itemId" order by date desc, updated_at desc, id desc) as place
      from inv_values
      where ${isPriceOf(range, label)}
    ) ranked
    where place = 1`.execute(central)
  return rows
}

function byItem<Value extends { readonly item: number }>(values: readonly Value[]): ReadonlyMap<number, Value> {
  return new Map(values.map((value) => [value.item, value]))
}

interface Image {
  readonly item: number
  readonly path: string
}

/** The newest of each product: found here, which takes a database twice as long. */
async function readImages(central: CentralDatabase, range: Range): Promise<ReadonlyMap<number, Image>> {
  const { rows } = await sql<Image & { readonly id: number }>`
    select "itemId" as item, img_path as path, id
    from inv_image_gallery
    where ${isImageOf(range)}
    limit ${mostValues + 1}`.execute(central)
  if (rows.length > mostValues) return byItem(await pickNewest(central, range))
  const newest = new Map<number, (typeof rows)[number]>()
  for (const row of rows) if (row.id > (newest.get(row.item)?.id ?? 0)) newest.set(row.item, row)
  return newest
}

function isImageOf({ firstId, lastId }: Range) {
  return sql`"itemId" >= ${firstId}
      and "itemId" <= ${lastId}
      and type = 'PRINCIPAL'
      and deleted_at is null`
}

async function pickNewest(central: CentralDatabase, range: Range): Promise<readonly Image[]> {
  const { rows } = await sql<Image>`
    select image."itemId" as item, image.img_path as path
    from (
      select max(id) as id
      from inv_image_gallery
      where ${isImageOf(range)}
      group by "itemId"
    ) newest
    join inv_image_gallery image on image.id = newest.id`.execute(central)
  return rows
}
