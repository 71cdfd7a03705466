/** How a store's selling price follows from what the store pays. The name carries a version and is kept on each copied row. */
export interface PriceStrategy {
  /** Such as `margin-30@1`; another rule is another version. */
  readonly name: string
  /** From a cost in pesos to a selling price in whole pesos; `floored` when the rule alone would have sold below cost. */
  price(cost: number): StorePrice
}

export interface StorePrice {
  readonly price: number
  readonly floored: boolean
}

/** A margin of 30 % on the selling price, rounded to 100 pesos, never below cost. */
export const standardStrategy: PriceStrategy = {
  name: 'margin-30@1',
  price: (cost) => atLeastCost(wholePesos(cost)),
}

function atLeastCost(cost: number): StorePrice {
  const price = withMargin(cost)
  if (price >= cost) return { price, floored: false }
  return { price: Math.ceil(cost / step) * step, floored: true }
}

const step = 100

// Whole numbers only: cost / 0.7 has no exact binary form, and a price must not hang on its last bit.
function withMargin(cost: number): number {
  return step * Math.floor((2 * cost + 70) / 140)
}

/** The original truncates the decimals of a price; so do we, or its stores and ours would differ. */
function wholePesos(cost: number): number {
  if (!Number.isFinite(cost) || cost < 0) throw new RangeError(`A cost is a number of pesos from 0 up, not ${cost}.`)
  return Math.trunc(cost)
}
