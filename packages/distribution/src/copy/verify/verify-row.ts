import { type HashedProduct, hasHashOf } from './verify-hash.ts'
import { lockedFields, noFields, type StoredProduct } from './verify-store.ts'
import { type ExpectedValues, saleStatus } from './verify-values.ts'

/** Names of the columns in which a row of an active product is not what it should be, but for the SKU. */
export function differences(row: StoredProduct, expected: HashedProduct): readonly string[] {
  const { product, values, rules } = expected
  const kept = lockedFields(row)
  const status = saleStatus(product, row.price, rules)
  const isManual = row.priceMode === 'manual'
  const wanted = isManual ? { ...values, price: row.price, priceStrategy: row.priceStrategy, status } : values
  const isKept = (lock: string) => kept.includes(lock) && (lock !== 'status' || wanted.price > 0)
  const fields = comparedFields.filter(({ field, lock }) => row[field] !== wanted[field] && !isKept(lock))
  const isActive = row.sourceState === 'active'
  if (fields.length > 0 || !isActive) return [...fields.map(({ field }) => field), ...(isActive ? [] : ['sourceState'])]
  return hasHashOf(row, expected) ? noFields : ['contentHash']
}

/** Each column, and the field that a store locks to keep it. */
const comparedFields = [
  { field: 'name', lock: 'name' },
  { field: 'category', lock: 'category' },
  { field: 'categorySourceId', lock: 'category' },
  { field: 'taxName', lock: 'tax' },
  { field: 'taxPercentage', lock: 'tax' },
  { field: 'image', lock: 'image' },
  { field: 'brand', lock: 'brand' },
  { field: 'unit', lock: 'unit' },
  { field: 'cost', lock: '' },
  { field: 'price', lock: '' },
  { field: 'priceStrategy', lock: '' },
  { field: 'status', lock: 'status' },
] as const satisfies readonly { readonly field: keyof ExpectedValues; readonly lock: string }[]
