import type { PriceStrategy } from '../../catalog/price-strategy.ts'

/** What costs more, or would be sold for more, has no price, and the copy leaves such a product as it is. */
export const mostPesos = 9_999_999_999

/** What a store pays, in whole pesos; undefined when the price is none that anybody could charge. */
export function expectedCost(basePrice: number | null): number | undefined {
  const cost = Math.trunc(basePrice ?? 0)
  if (cost === 0) return 0
  return cost > 0 && cost <= mostPesos ? cost : undefined
}

/**
 * What a store asks for what costs `cost` pesos. The oracle's own arithmetic: exact fractions, where the copy counts with
 * doubles that stay whole.
 */
export function expectedPrice(strategy: PriceStrategy, cost: number): number {
  if (cost === 0) return 0
  const pesos = BigInt(cost)
  const step = BigInt(strategy.rounding.stepPesos)
  // A margin of 30 % on the price leaves 70 for the cost: in thousandths, because a margin may have a decimal.
  const rest = BigInt(Math.round((100 - strategy.marginPercent) * 10))
  const steps = rounded(pesos * 1000n, rest * step, strategy.rounding.mode)
  const asked = steps * step
  const covered = strategy.floorAtCost && asked < pesos ? rounded(pesos, step, 'up') * step : asked
  return Math.max(Number(covered), strategy.minimumPrice)
}

function rounded(dividend: bigint, divisor: bigint, mode: PriceStrategy['rounding']['mode']): bigint {
  const whole = dividend / divisor
  const rest = dividend % divisor
  if (mode === 'up') return rest > 0n ? whole + 1n : whole
  return mode === 'nearest' && 2n * rest >= divisor ? whole + 1n : whole
}
