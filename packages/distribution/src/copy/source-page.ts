import { currentPriceId, principalImageId } from '../catalog/current-values.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import type { SourceProduct } from './plan.ts'

/** Which products of the distributor a run copies: those up to `maxId`, so that newer ones wait for the next run. */
export interface Snapshot {
  readonly maxId: number
  readonly total: number
}

export interface SourceRange {
  readonly distributorId: string
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
  distributorId: string,
  ids: readonly number[],
): Promise<readonly SourceProduct[]> {
  return selectProducts(central, distributorId).where('item.id', 'in', ids).orderBy('item.id').execute()
}

/** One page in the order of their ids, in one query: latest price, principal image, tax and category come with it. */
export async function readSourcePage(central: CentralDatabase, range: SourceRange): Promise<readonly SourceProduct[]> {
  return selectProducts(central, range.distributorId)
    .where('item.id', '>', range.afterId)
    .where('item.id', '<=', range.maxId)
    .orderBy('item.id')
    .limit(range.limit)
    .execute()
}

function selectProducts(central: CentralDatabase, distributorId: string) {
  return activeItems(central, distributorId)
    .leftJoin('inv_categories as category', (join) =>
      join
        .onRef('category.id', '=', 'item.categoryId')
        .onRef('category.tenant_id', '=', 'item.tenant_id')
        .on('category.deleted_at', 'is', null),
    )
    .leftJoin('cnf_taxes as tax', 'tax.id', 'item.taxId')
    .leftJoin('inv_values as price', (join) => join.on((eb) => eb('price.id', '=', currentPriceId(eb))))
    .leftJoin('inv_image_gallery as image', (join) => join.on((eb) => eb('image.id', '=', principalImageId(eb))))
    .select(['item.id', 'item.sku', 'item.name', 'category.id as categoryId', 'category.name as categoryName'])
    .select(['tax.name as taxName', 'tax.percentage as taxPercentage'])
    .select(['price.values as basePrice', 'image.img_path as imagePath'])
}

function activeItems(central: CentralDatabase, distributorId: string) {
  return central
    .selectFrom('inv_items as item')
    .where('item.tenant_id', '=', distributorId)
    .where('item.status', '=', 1)
    .where('item.deleted_at', 'is', null)
}
