import { strategyLabel } from '../../catalog/price-strategy.ts'
import type { CopyRules } from '../plan/plan-price.ts'
import { expectedCost, expectedPrice, mostPesos } from './verify-price.ts'
import type { ExpectedProduct } from './verify-source.ts'

/** What a store should have of a product; the SKU is a question of its own. */
export interface ExpectedValues {
  readonly name: string
  readonly category: string
  readonly categorySourceId: number
  readonly taxName: string | null
  readonly taxPercentage: number | null
  readonly image: string | null
  readonly brand: string | null
  readonly unit: string | null
  readonly cost: number
  readonly price: number
  readonly priceStrategy: string
  readonly status: 0 | 1
}

/** Undefined for a product whose price is none: the copy leaves it as it is. */
export function expectedValues(product: ExpectedProduct, rules: CopyRules): ExpectedValues | undefined {
  const cost = expectedCost(product.basePrice)
  if (cost === undefined) return undefined
  const { strategy } = rules
  const price = expectedPrice(strategy, cost)
  const tax = expectedTax(product)
  return {
    name: product.name,
    category: product.category ?? 'TIENDA',
    categorySourceId: product.category === null ? 0 : (product.categoryId ?? 0),
    taxName: tax.taxName,
    taxPercentage: tax.taxPercentage,
    image: product.image || null,
    brand: product.brand || null,
    unit: product.unit || null,
    cost,
    price,
    priceStrategy: strategyLabel(strategy),
    status: saleStatus(product, price, rules),
  }
}

/** Without the blanks behind its name: to the keys of MariaDB a tax of the store is the same with them. */
function expectedTax({ taxName, taxPercentage }: ExpectedProduct): Pick<ExpectedValues, 'taxName' | 'taxPercentage'> {
  if (taxName === null || taxPercentage === null) return { taxName: null, taxPercentage: null }
  return { taxName: taxName.replace(/ +$/, ''), taxPercentage }
}

/** Nothing is for sale without a price, nor what a policy takes off sale. */
export function saleStatus({ type }: ExpectedProduct, price: number, { policies }: CopyRules): 0 | 1 {
  return price > 0 && !(type === 'COMBO' && policies.combo === 'inactive') ? 1 : 0
}

/**
 * False for what is an error of each copy: a cost that is none, a price that would be none, unless the store has one of its own, or
 * a text that no column of a store has room for.
 */
export function isCopyable(
  { sku, name, category, taxName, brand, unit }: ExpectedProduct,
  values: ExpectedValues | undefined,
  hasOwnPrice = false,
): values is ExpectedValues {
  if (values === undefined || !(hasOwnPrice || values.price <= mostPesos)) return false
  return [sku, name, category, taxName, brand, unit].every(hasRoom)
}

/** Counts letters only where it has to: there are a million products. */
function hasRoom(text: string | null): boolean {
  return text === null || text.length <= 255 || Array.from(text).length <= 255
}

/** True when the distributor wants a product copied into a store that does not have it. */
export function isCopiedWhenNew(product: ExpectedProduct, values: ExpectedValues, { policies }: CopyRules): boolean {
  if (!isCopyable(product, values)) return false
  if (product.generic === 1 && policies.genericProduct === 'skip') return false
  if (product.type === 'COMBO' && policies.combo === 'skip') return false
  return product.inventoriable !== 0 || policies.notInventoriable !== 'skip'
}
