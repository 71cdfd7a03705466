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

/** What rules and store have decided about a product; the rest follows the distributor. */
type DecidedFields = Pick<PlannedProduct, 'sku' | 'cost' | 'price' | 'status' | 'priceStrategy' | 'keeps'>

export function plannedProduct(product: SourceProduct, decided: DecidedFields): PlannedProduct {
  const { sku, cost, price, status, priceStrategy, keeps } = decided
  const row = {
    sourceId: product.id,
    sku,
    name: product.name,
    category: categoryOf(product),
    tax: taxOf(product),
    imagePath: product.imagePath || null,
    brand: product.brandName || null,
    unit: product.unitName || null,
    cost,
    price,
    status,
    priceStrategy,
    keeps,
    contentHash: '',
  }
  // Not put together from parts: a copy makes a million of these.
  row.contentHash = contentHashOf(row)
  return row
}

function categoryOf({ categoryId, categoryName }: SourceProduct): PlannedCategory {
  return categoryId === null || categoryName === null ? withoutCategory : { sourceId: categoryId, name: categoryName }
}

function taxOf({ taxName, taxPercentage }: SourceProduct): PlannedTax | null {
  return taxName === null || taxPercentage === null ? null : { name: taxName, percentage: taxPercentage }
}

const withoutCategory: PlannedCategory = { sourceId: 0, name: 'TIENDA' }

/** Of everything that a copy writes of a product. */
type HashedProduct = Omit<PlannedProduct, 'contentHash' | 'sourceId'>

export function contentHashOf(row: HashedProduct): string {
  return hash('sha256', JSON.stringify(hashedValues(row)), 'hex').slice(0, 32)
}

/** In an order that stays: another one would have every product of every store written again. */
function hashedValues(row: HashedProduct): readonly unknown[] {
  const { sku, name, category, tax, imagePath, cost, price, status, priceStrategy, brand, unit, keeps } = row
  const { sourceId, name: categoryName } = category
  const first = [
    sku,
    name,
    sourceId,
    categoryName,
    tax?.name,
    tax?.percentage,
    imagePath,
    cost,
    price,
    status,
    priceStrategy,
  ]
  // Rows that were copied before there were brands and units have hashes without them.
  const values = brand === null && unit === null ? first : [...first, brand, unit]
  return keeps.length === 0 ? values : values.map((value, place) => (isKept(keeps, place) ? false : value))
}

/** No value of a product is false, so it can stand for what is kept. */
function isKept(keeps: readonly KeptField[], place: number): boolean {
  const field = hashedFields[place]
  return field !== undefined && keeps.includes(field)
}

/** What keeps the hashed value at the same place; the cost is the distributor's in any case. */
const hashedFields: readonly (KeptField | undefined)[] = [
  ...(['sku', 'name', 'category', 'category', 'tax', 'tax', 'image'] as const),
  undefined,
  ...(['price', 'status', 'price', 'brand', 'unit'] as const),
]
