import { type PriceStrategy, strategyLabel } from '../../catalog/price-strategy.ts'
import { leastPrice, maxPesos, storePrice, suggestedPrice } from '../../catalog/store-price.ts'
import type { Remark } from './outcomes.ts'
import type { CopyPolicies } from './policies.ts'
import type { SourceProduct } from './source-product.ts'
import type { CopiedProduct } from './store-state.ts'

/** What a distributor has decided about its copies. */
export interface CopyRules {
  readonly strategy: PriceStrategy
  readonly policies: CopyPolicies
}

export interface PlannedPrice {
  /** Whole pesos, from the distributor whoever sets the price. */
  readonly cost: number
  readonly price: number
  readonly priceStrategy: string | null
  readonly remarks: readonly Remark[]
  readonly suggestedPrice?: number
}

/** Cost and price of a product in the store; undefined when one of them is none that could be charged. */
export function planPrice(
  { basePrice }: SourceProduct,
  copied: CopiedProduct | undefined,
  rules: CopyRules,
): PlannedPrice | undefined {
  const cost = Math.trunc(basePrice ?? 0)
  if (!(cost >= 0 && cost <= maxPesos)) return undefined
  return copied?.priceMode === 'manual' ? manualPrice(cost, copied, rules) : autoPrice(cost, rules)
}

function autoPrice(cost: number, { strategy }: CopyRules): PlannedPrice | undefined {
  const priceStrategy = strategyLabel(strategy)
  if (cost === 0) return { cost: 0, price: 0, priceStrategy, remarks: ['without_price'] }
  const { price, raisedTo } = storePrice(strategy, cost)
  if (price > maxPesos) return undefined
  if (price === 0) return { cost, price, priceStrategy, remarks: ['without_price'] }
  const raised = raisedTo === 'cost' ? 'price_floored' : 'price_minimum'
  if (raisedTo) return { cost, price, priceStrategy, remarks: [raised] }
  return { cost, price, priceStrategy, remarks: price < cost ? ['below_cost'] : [] }
}

/** Nothing changes by itself: the price stays, and the store hears when it leaves too little. */
function manualPrice(cost: number, copied: CopiedProduct, { strategy, policies }: CopyRules): PlannedPrice {
  const { price, priceStrategy } = copied
  const { minMarginPercent } = policies
  if (cost === 0) return { cost: 0, price, priceStrategy, remarks: [price > 0 ? 'without_cost' : 'without_price'] }
  if (price >= leastPrice(cost, minMarginPercent)) return { cost, price, priceStrategy, remarks: [] }
  const suggested = suggestedPrice(strategy, cost, minMarginPercent)
  return { cost, price, priceStrategy, remarks: ['margin_low'], suggestedPrice: suggested }
}
