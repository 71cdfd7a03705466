import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PriceStrategy, standardStrategy } from '../../catalog/price-strategy.ts'
import { expectedCost, expectedPrice } from './verify-price.ts'

/** Worked out by hand, or taken from the original application. */
const prices: readonly (readonly [cost: number, price: number, strategy?: Partial<PriceStrategy>])[] = [
  [0, 0],
  [0, 0, { minimumPrice: 500 }],
  [1, 100],
  [34, 100],
  [34, 0, { floorAtCost: false }],
  [35, 100],
  [70, 100],
  [102, 200],
  [102, 100, { floorAtCost: false }],
  [105, 200],
  [700, 1_000],
  [1_999, 2_900],
  [12_345, 17_600],
  [6_999_999_999, 10_000_000_000],
  [1_000, 2_000, { marginPercent: 50 }],
  [1_000, 1_500, { marginPercent: 33.3, rounding: { stepPesos: 50, mode: 'up' } }],
  [1_000, 1_450, { marginPercent: 33.3, rounding: { stepPesos: 50, mode: 'down' } }],
  [1_000, 5_000, { minimumPrice: 5_000 }],
]

for (const [cost, price, changes] of prices)
  test(`the oracle asks ${price} for ${cost} with ${JSON.stringify(changes ?? 'the standard rule')}`, () => {
    assert.equal(expectedPrice({ ...standardStrategy, ...changes }, cost), price)
  })

test('decimals of a cost are cut, and what nobody could charge is no cost', () => {
  assert.deepEqual([null, 0, 0.9, -0.9, 99.99, 9_999_999_999, 9_999_999_999.5, -1, 1e10].map(expectedCost), [
    0,
    0,
    0,
    0,
    99,
    9_999_999_999,
    9_999_999_999,
    undefined,
    undefined,
  ])
})
