import type { ExpressionBuilder } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
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
