import type { Row } from '@surtidor/queue'
import type { PriceLabel } from '../catalog/price-strategy.ts'
import type { SourceProduct } from '../copy/plan/source-product.ts'
import { numberOrNull, type OriginalTables, textOrNull } from './original-tables.ts'

/** A product of the distributor, with what the original may have made of it. */
export interface OriginalProduct extends SourceProduct {
  readonly isActive: boolean
  readonly createdAt: string | null
  readonly updatedAt: string | null
  /** Under the label that stores pay, ours first. */
  readonly prices: readonly OriginalPrice[]
  /** Principal ones, the newest first. */
  readonly images: readonly OriginalImage[]
}

export interface OriginalPrice {
  readonly pesos: number
  readonly createdAt: string | null
  readonly updatedAt: string | null
  readonly isDeleted: boolean
  /** For one warehouse only. */
  readonly isOfWarehouse: boolean
}

export interface OriginalImage {
  readonly path: string
  readonly isDeleted: boolean
}

const pageSize = 2_000

/** The next products after `afterId`, active or not, in the order of their ids. */
export async function readOriginalPage(
  tables: OriginalTables,
  { afterId, label }: { readonly afterId: number; readonly label: PriceLabel },
): Promise<readonly OriginalProduct[]> {
  const items = await readItems(tables, afterId)
  const range = [afterId, Number(items.at(-1)?.id ?? afterId)] as const
  const prices = Map.groupBy(await readPrices(tables, range, label), ({ item }) => item)
  const images = Map.groupBy(await readImages(tables, range), ({ item }) => item)
  return items.map((row) => {
    const id = Number(row.id)
    return productOf(row, { prices: prices.get(id) ?? [], images: images.get(id) ?? [] })
  })
}

function readItems(tables: OriginalTables, afterId: number): Promise<readonly Row[]> {
  const [categoryId, taxId] = [tables.name('categoryId'), tables.name('taxId')]
  const optional = ['type', 'generic', 'inventoriable', 'deleted_at'].map(
    (column) => `${tables.column('inv_items', 'item', column)} as ${column}`,
  )
  return tables.query(
    `select item.id, item.sku, item.name, item.status, item.${categoryId} as category_id,
       category.name as category_name, tax.name as tax_name, tax.percentage as tax_percentage, ${optional.join(', ')},
       ${tables.moment('inv_items', 'item', 'created_at')} as born, ${tables.moment('inv_items', 'item', 'updated_at')} as changed
     from inv_items item
     left join inv_categories category on category.id = item.${categoryId}
       and ${tables.column('inv_categories', 'category', 'deleted_at')} is null
     left join cnf_taxes tax on tax.id = item.${taxId}
     where item.id > ?
     order by item.id
     limit ${pageSize}`,
    [afterId],
  )
}

type Evidence = Pick<OriginalProduct, 'prices' | 'images'>

function productOf(row: Row, { prices, images }: Evidence): OriginalProduct {
  return {
    id: Number(row.id),
    sku: textOrNull(row.sku),
    name: String(row.name),
    isActive: Number(row.status) === 1 && row.deleted_at === null,
    categoryId: row.category_name === null ? null : numberOrNull(row.category_id),
    categoryName: textOrNull(row.category_name),
    taxName: textOrNull(row.tax_name),
    taxPercentage: numberOrNull(row.tax_percentage),
    basePrice: prices.find(({ isDeleted, isOfWarehouse }) => !isDeleted && !isOfWarehouse)?.pesos ?? null,
    imagePath: images.find(({ isDeleted }) => !isDeleted)?.path ?? null,
    ...(row.type !== null && { type: String(row.type) }),
    ...(row.generic !== null && { generic: Number(row.generic) }),
    ...(row.inventoriable !== null && { inventoriable: Number(row.inventoriable) }),
    createdAt: textOrNull(row.born),
    updatedAt: textOrNull(row.changed),
    prices,
    images,
  }
}

type Range = readonly [afterId: number, lastId: number]

/** In the order in which a copy here looks at them: by date, change and id. */
async function readPrices(
  tables: OriginalTables,
  range: Range,
  label: PriceLabel,
): Promise<readonly (OriginalPrice & { readonly item: number })[]> {
  const item = tables.name('itemId')
  const column = (name: string) => tables.column('inv_values', 'value', name)
  const isOfType = tables.has('inv_values', 'type') ? `and value.type = '${typeOf(label)}'` : ''
  const rows = await tables.query(
    `select value.id, value.${item} as item, value.${tables.name('values')} as pesos, ${column('deleted_at')} as deleted,
       ${column('warehouseId')} as warehouse, ${tables.moment('inv_values', 'value', 'date')} as day,
       ${tables.moment('inv_values', 'value', 'created_at')} as born, ${tables.moment('inv_values', 'value', 'updated_at')} as changed
     from inv_values value
     where value.${item} > ? and value.${item} <= ? and value.label = ? ${isOfType}`,
    [...range, label],
  )
  return rows.toSorted(laterFirst).map((row) => ({
    item: Number(row.item),
    pesos: Number(row.pesos),
    createdAt: textOrNull(row.born),
    updatedAt: textOrNull(row.changed),
    isDeleted: row.deleted !== null,
    isOfWarehouse: Number(row.warehouse ?? 0) !== 0,
  }))
}

/** What the original writes beside the label. */
function typeOf(label: PriceLabel): 'costo' | 'precio' {
  return label.startsWith('Costo') ? 'costo' : 'precio'
}

function laterFirst(one: Row, other: Row): number {
  for (const column of ['day', 'changed']) {
    const [first, second] = [String(one[column] ?? ''), String(other[column] ?? '')]
    if (first !== second) return first < second ? 1 : -1
  }
  return Number(other.id) - Number(one.id)
}

async function readImages(
  tables: OriginalTables,
  range: Range,
): Promise<readonly (OriginalImage & { readonly item: number })[]> {
  const item = tables.name('itemId')
  const rows = await tables.query(
    `select image.id, image.${item} as item, image.img_path as path,
       ${tables.column('inv_image_gallery', 'image', 'deleted_at')} as deleted
     from inv_image_gallery image
     where image.${item} > ? and image.${item} <= ? and image.type = 'PRINCIPAL'
     order by image.id desc`,
    range,
  )
  return rows.map((row) => ({
    item: Number(row.item),
    path: String(row.path ?? ''),
    isDeleted: row.deleted !== null,
  }))
}

/** SKUs that more than one product of the distributor has. */
export async function readRepeatedSkus(tables: OriginalTables): Promise<ReadonlySet<string>> {
  const rows = await tables.query('select sku from inv_items where sku is not null group by sku having count(*) > 1')
  return new Set(rows.map((row) => String(row.sku)))
}
