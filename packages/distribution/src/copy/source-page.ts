import { currentPriceId, principalImageId, readImages, readPrices } from '../catalog/current-values.ts'
import type { PriceLabel } from '../catalog/price-strategy.ts'
import { dialectOf } from '../database/dialect.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import type { SourceProduct } from './source-product.ts'

/** Which products of the distributor a run copies: those up to `maxId`, so that newer ones wait for the next run. */
export interface Snapshot {
  readonly maxId: number
  readonly total: number
}

/** Whose products, and which of their prices is what the store pays. */
export interface CatalogueSource {
  readonly distributorId: string
  readonly baseLabel: PriceLabel
}

export interface SourceRange extends CatalogueSource {
  /** Products after this one. */
  readonly afterId: number
  readonly maxId: number
  readonly limit: number
}

/** The active products of the distributor at this moment. */
export async function readSnapshot(central: CentralDatabase, distributorId: string): Promise<Snapshot> {
  const row = await activeItems(central, distributorId)
    .select(({ fn }) => [fn.countAll<number>().as('total'), fn.max('item.id').as('maxId')])
    .executeTakeFirstOrThrow()
  return { total: row.total, maxId: row.maxId ?? 0 }
}

/** How many products up to `maxId` are active at this moment. */
export async function countActive(central: CentralDatabase, distributorId: string, maxId: number): Promise<number> {
  const row = await activeItems(central, distributorId)
    .where('item.id', '<=', maxId)
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return row.total
}

/** The ids of active products after `afterId`, in their order: what a look back compares with the store. */
export async function readActiveIds(central: CentralDatabase, range: SourceRange): Promise<readonly number[]> {
  const rows = await activeItems(central, range.distributorId)
    .select('item.id')
    .where('item.id', '>', range.afterId)
    .where('item.id', '<=', range.maxId)
    .orderBy('item.id')
    .limit(range.limit)
    .execute()
  return rows.map(({ id }) => id)
}

/** These products, as far as they are active, as a page. */
export async function readSourceProducts(
  central: CentralDatabase,
  source: CatalogueSource,
  ids: readonly number[],
): Promise<readonly SourceProduct[]> {
  return completed(central, selectItems(central, source.distributorId).where('item.id', 'in', ids), source.baseLabel)
}

/** One page in the order of their ids, with latest price, principal image, tax and category. */
export async function readSourcePage(central: CentralDatabase, range: SourceRange): Promise<readonly SourceProduct[]> {
  return completed(
    central,
    selectItems(central, range.distributorId)
      .where('item.id', '>', range.afterId)
      .where('item.id', '<=', range.maxId)
      .limit(range.limit),
    range.baseLabel,
  )
}

type Items = ReturnType<typeof selectItems>

/**
 * SQLite and PostgreSQL find price and image of a product faster one by one, in the same query; MariaDB finds those of a page
 * faster in a query of their own.
 */
async function completed(central: CentralDatabase, items: Items, label: PriceLabel): Promise<readonly SourceProduct[]> {
  if (dialectOf(central) !== 'mysql')
    return items
      .select((eb) => [
        currentPriceId(eb, label).clearSelect().select('value.values').as('basePrice'),
        principalImageId(eb).clearSelect().select('gallery.img_path').as('imagePath'),
      ])
      .execute()
  const rows = await items.execute()
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const [prices, images] = await Promise.all([readPrices(central, ids, label), readImages(central, ids)])
  return rows.map((row) => ({
    ...row,
    basePrice: prices.get(row.id) ?? null,
    imagePath: images.get(row.id) ?? null,
  }))
}

function selectItems(central: CentralDatabase, distributorId: string) {
  return activeItems(central, distributorId)
    .leftJoin('inv_categories as category', (join) =>
      join
        .onRef('category.id', '=', 'item.categoryId')
        .onRef('category.tenant_id', '=', 'item.tenant_id')
        .on('category.deleted_at', 'is', null),
    )
    .leftJoin('cnf_taxes as tax', 'tax.id', 'item.taxId')
    .leftJoin('inv_item_brand as brand', (join) =>
      join
        .onRef('brand.id', '=', 'item.brandId')
        .onRef('brand.tenant_id', '=', 'item.tenant_id')
        .on('brand.deleted_at', 'is', null),
    )
    .leftJoin('inv_unit_measurements as unit', (join) =>
      join
        .onRef('unit.id', '=', 'item.consumption_unit')
        .onRef('unit.tenant_id', '=', 'item.tenant_id')
        .on('unit.deleted_at', 'is', null),
    )
    .select(['item.id', 'item.sku', 'item.name', 'category.id as categoryId', 'category.name as categoryName'])
    .select(['tax.name as taxName', 'tax.percentage as taxPercentage', 'brand.name as brandName'])
    .select(['unit.description as unitName', 'item.type', 'item.generic', 'item.inventoriable'])
    .orderBy('item.id')
}

function activeItems(central: CentralDatabase, distributorId: string) {
  return central
    .selectFrom('inv_items as item')
    .where('item.tenant_id', '=', distributorId)
    .where('item.status', '=', 1)
    .where('item.deleted_at', 'is', null)
}
