import { hash } from 'node:crypto'
import type { CopyRules } from '../plan/plan-price.ts'
import { wantedSku } from './verify-skus.ts'
import type { ExpectedProduct } from './verify-source.ts'
import { lockedFields, noFields, type StoredProduct } from './verify-store.ts'
import { type ExpectedValues, saleStatus } from './verify-values.ts'

export interface HashedProduct {
  readonly product: ExpectedProduct
  readonly values: ExpectedValues
  readonly rules: CopyRules
}

/**
 * True when the hash of a row that is as it should be says so, or nothing: without one, the next copy writes the row. What
 * a store has locked or priced since the last copy is in the hash still as the distributor had it, so every choice of
 * what was kept then is tried. A wrong hash would have later copies pass the row over, or write it each time.
 */
export function hasHashOf(row: StoredProduct, hashed: HashedProduct): boolean {
  const { contentHash } = row
  if (contentHash === null || contentHash === '') return true
  return choicesOf(keptFields(row)).some((kept) => hashOf(row, hashed, kept) === contentHash)
}

function keptFields(row: StoredProduct): readonly string[] {
  if (row.locked === '' && row.priceMode !== 'manual') return noFields
  const locked = lockedFields(row).filter((field) => hashedFields.has(field) && (field !== 'status' || row.price > 0))
  return row.priceMode === 'manual' ? [...new Set(locked), 'price'] : [...new Set(locked)]
}

const onlyNothing: readonly ReadonlySet<string>[] = [new Set()]

const hashedFields = new Set(['sku', 'name', 'category', 'tax', 'image', 'brand', 'unit', 'status'])

/** Every part of a list, all of it first: with at most nine fields there are 512. */
function choicesOf(fields: readonly string[]): readonly ReadonlySet<string>[] {
  if (fields.length === 0) return onlyNothing
  const [first = '', ...rest] = fields
  const others = choicesOf(rest)
  return [...others.map((each) => new Set([first, ...each])), ...others]
}

function hashOf(row: StoredProduct, { product, values, rules }: HashedProduct, kept: ReadonlySet<string>): string {
  const or = <Value>(field: string, value: Value) => (kept.has(field) ? false : value)
  const price = kept.has('price') ? row.price : values.price
  const text = JSON.stringify([
    // What was there before the store's own SKU is not known: most likely the distributor's.
    or('sku', lockedFields(row).includes('sku') ? wantedSku(product) : row.sku),
    or('name', values.name),
    or('category', values.categorySourceId),
    or('category', values.category),
    // With the blanks behind it that the distributor writes.
    or('tax', values.taxName === null ? null : product.taxName),
    or('tax', values.taxPercentage),
    or('image', values.image),
    values.cost,
    or('price', values.price),
    or('status', saleStatus(product, price, rules)),
    or('price', values.priceStrategy),
    // Rows that were copied before there were brands and units have hashes without them.
    ...(values.brand === null && values.unit === null ? [] : [or('brand', values.brand), or('unit', values.unit)]),
  ])
  return hash('sha256', text, 'hex').slice(0, 32)
}
