import type { PriceRounding, PriceStrategy } from './price-strategy.ts'
import { tenthsOf } from './rule-fields.ts'

export interface StorePrice {
  /** Whole pesos. 0 for a cost of 0, and for a small one that nothing raises: not to be sold for that. */
  readonly price: number
  /** What the price was raised to when the margin and the rounding alone would have given less. */
  readonly raisedTo: 'cost' | 'minimum' | null
}

/**
 * In whole pesos, of a cost and of a price: as much as the original's columns hold (`decimal(12, 2)`). The arithmetic stays far
 * within the whole numbers that a double holds exactly.
 */
export const maxPesos = 9_999_999_999

/**
 * What a store sells for. The cost is in pesos from 0 to `maxPesos`, its decimals are cut: the original does so, and its
 * stores and ours would differ otherwise. Throws `RangeError` for any other cost.
 */
export function storePrice(strategy: PriceStrategy, cost: number): StorePrice {
  const pesos = wholePesos(cost)
  if (pesos === 0) return { price: 0, raisedTo: null }
  const { rounding, floorAtCost, minimumPrice } = strategy
  const price = withMargin(strategy, pesos)
  const covered = floorAtCost && price < pesos ? roundedUp(pesos, rounding) : price
  if (covered < minimumPrice) return { price: minimumPrice, raisedTo: 'minimum' }
  return { price: covered, raisedTo: covered > price ? 'cost' : null }
}

/** The least price in whole pesos that leaves the margin, not rounded to any step: cost / (1 − margin) made whole. */
export function leastPrice(cost: number, marginPercent: number): number {
  return quotient(1000 * wholePesos(cost), 1000 - tenthsOf(marginPercent), 'up')
}

/** What a store could ask instead of a price that leaves too little: the strategy's, or more where that leaves too little. */
export function suggestedPrice(strategy: PriceStrategy, cost: number, minMarginPercent: number): number {
  const least = roundedUp(leastPrice(cost, minMarginPercent), strategy.rounding)
  return Math.max(storePrice(strategy, cost).price, least)
}

// Whole numbers only: cost / 0.7 has no exact binary form, and a price must not hang on its last bit. The largest number
// here is 2,000 costs, which stays below 2^53.
function withMargin({ marginPercent, rounding: { stepPesos, mode } }: PriceStrategy, cost: number): number {
  return stepPesos * quotient(1000 * cost, (1000 - tenthsOf(marginPercent)) * stepPesos, mode)
}

function roundedUp(pesos: number, { stepPesos }: PriceRounding): number {
  return stepPesos * quotient(pesos, stepPesos, 'up')
}

function quotient(dividend: number, divisor: number, mode: PriceRounding['mode']): number {
  if (mode === 'nearest') return quotient(2 * dividend + divisor, 2 * divisor, 'down')
  const rest = dividend % divisor
  return (dividend - rest) / divisor + (mode === 'up' && rest > 0 ? 1 : 0)
}

function wholePesos(cost: number): number {
  if (!(cost >= 0 && cost <= maxPesos)) {
    throw new RangeError(`A cost is a number of pesos from 0 to ${maxPesos}, not ${cost}.`)
  }
  return Math.trunc(cost)
}
