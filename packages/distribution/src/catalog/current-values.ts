import { type ExpressionBuilder, sql } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import type { PriceLabel } from './price-strategy.ts'

/** Any query that reads `inv_items as item`. */
type ItemScope = ExpressionBuilder<CentralTables & { item: CentralTables['inv_items'] }, 'item'>

/**
 * The row of `inv_values` that is the product's price for stores: the latest under the label by date, change and id that
 * is not deleted and holds for all warehouses. One seek on `inv_values_latest_index` a product.
 */
export function currentPriceId(eb: ItemScope, label: PriceLabel = 'Precio Regular') {
  return eb
    .selectFrom('inv_values as value')
    .select('value.id')
    .whereRef('value.itemId', '=', 'item.id')
    .where('value.label', '=', label)
    .where('value.type', '=', typeOf(label))
    .where((each) => each.or([each('value.warehouseId', 'is', null), each('value.warehouseId', '=', 0)]))
    .where('value.deleted_at', 'is', null)
    .orderBy('value.date', 'desc')
    .orderBy('value.updated_at', 'desc')
    .orderBy('value.id', 'desc')
    .limit(1)
}

/** What the original application writes beside the label. */
function typeOf(label: PriceLabel): 'costo' | 'precio' {
  return label.startsWith('Costo') ? 'costo' : 'precio'
}

/** The row of `inv_image_gallery` that is the product's principal image: the newest that is not deleted. */
export function principalImageId(eb: ItemScope) {
  return eb
    .selectFrom('inv_image_gallery as gallery')
    .select('gallery.id')
    .whereRef('gallery.itemId', '=', 'item.id')
    .where('gallery.type', '=', 'PRINCIPAL')
    .where('gallery.deleted_at', 'is', null)
    .orderBy('gallery.id', 'desc')
    .limit(1)
}

/** The prices that {@link currentPriceId} finds, of a thousand products at once, by product. */
export async function readPrices(
  central: CentralDatabase,
  ids: readonly number[],
  label: PriceLabel,
): Promise<ReadonlyMap<number, number>> {
  const { rows } = await sql<{ readonly item: number; readonly pesos: number }>`
    select item, pesos
    from (
      select "itemId" as item, "values" as pesos,
        row_number() over (partition by "itemId" order by date desc, updated_at desc, id desc) as place
      from inv_values
      where ${among('itemId', ids)}
        and label = ${label}
        and type = ${typeOf(label)}
        and ("warehouseId" is null or "warehouseId" = 0)
        and deleted_at is null
    ) ranked
    where place = 1`.execute(central)
  return new Map(rows.map(({ item, pesos }) => [item, pesos]))
}

/** The images that {@link principalImageId} finds. */
export async function readImages(
  central: CentralDatabase,
  ids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await sql<{ readonly item: number; readonly path: string }>`
    select "itemId" as item, img_path as path
    from inv_image_gallery
    where id in (
      select max(id)
      from inv_image_gallery
      where ${among('itemId', ids)}
        and type = 'PRINCIPAL'
        and deleted_at is null
      group by "itemId"
    )`.execute(central)
  return new Map(rows.map(({ item, path }) => [item, path]))
}

/** Ids that lie close together are asked for as a range, which is faster, and may bring some that nobody needs. */
function among(column: string, ids: readonly number[]) {
  const first = Math.min(...ids)
  const last = Math.max(...ids)
  const isDense = last - first < 2 * ids.length
  const reference = sql.ref(column)
  return isDense ? sql`${reference} between ${first} and ${last}` : sql`${reference} in (${sql.join(ids)})`
}
