import { hash } from 'node:crypto'
import type { SourceProduct } from './source-product.ts'
import type { LockableField } from './store-state.ts'

export interface PlannedCategory {
  /** The distributor's category; 0 for TIENDA. */
  readonly sourceId: number
  readonly name: string
}

export interface PlannedTax {
  readonly name: string
  readonly percentage: number
}

/** A product as it will stand in the store, its category and tax still by their natural keys. */
export interface PlannedProduct {
  readonly sourceId: number
  readonly sku: string
  readonly name: string
  readonly category: PlannedCategory
  readonly tax: PlannedTax | null
  readonly imagePath: string | null
  readonly brand: string | null
  readonly unit: string | null
  /** Whole pesos. */
  readonly cost: number
  /** Whole pesos; the store's own where it is kept. */
  readonly price: number
  /** 1 for sale; 0 until it has a price. */
  readonly status: 0 | 1
  /** The label of the strategy that made the price. */
  readonly priceStrategy: string | null
  /** What the writer must leave as the store has it; with `price` also its strategy. Empty for a new product. */
  readonly keeps: readonly KeptField[]
  /** Of all that is written: what the store keeps is left out, so that giving it back makes the product an update. */
  readonly contentHash: string
}

export type KeptField = LockableField | 'price'

/** The part of a product that follows the distributor without any rule. */
export function contentOf(product: SourceProduct) {
  const { id, name, categoryId, categoryName, taxName, taxPercentage, imagePath, brandName, unitName } = product
  const category =
    categoryId === null || categoryName === null ? withoutCategory : { sourceId: categoryId, name: categoryName }
  const tax = taxName === null || taxPercentage === null ? null : { name: taxName, percentage: taxPercentage }
  const brand = brandName || null
  return { sourceId: id, name, category, tax, imagePath: imagePath || null, brand, unit: unitName || null }
}

const withoutCategory: PlannedCategory = { sourceId: 0, name: 'TIENDA' }

export function withHash(row: Omit<PlannedProduct, 'contentHash'>): PlannedProduct {
  const text = JSON.stringify(hashedValues(row))
  return { ...row, contentHash: hash('sha256', text, 'hex').slice(0, 32) }
}

/** In an order that stays: another one would have every product of every store written again. */
function hashedValues(row: Omit<PlannedProduct, 'contentHash'>): readonly unknown[] {
  const { category, tax, brand, unit, keeps } = row
  // No value of a product is false, so it can stand for what is kept.
  const written = (field: KeptField, value: unknown) => (keeps.includes(field) ? false : value)
  return [
    written('sku', row.sku),
    written('name', row.name),
    written('category', category.sourceId),
    written('category', category.name),
    written('tax', tax?.name),
    written('tax', tax?.percentage),
    written('image', row.imagePath),
    row.cost,
    written('price', row.price),
    written('status', row.status),
    written('price', row.priceStrategy),
    // Rows that were copied before there were brands and units have hashes without them.
    ...(brand === null && unit === null ? [] : [written('brand', brand), written('unit', unit)]),
  ]
}
