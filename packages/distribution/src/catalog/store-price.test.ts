import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { arbitraryStrategy } from '../../test/support/arbitrary-rules.ts'
import { type PriceStrategy, standardStrategy } from './price-strategy.ts'
import { leastPrice, maxPesos, storePrice, suggestedPrice } from './store-price.ts'

test("up to five million pesos every price is the owner's rule, or the next hundred when that is below cost", () => {
  const wrong: number[] = []
  for (let cost = 1; cost <= 5_000_000; cost += 1) {
    const rule = 100 * Math.floor((2 * cost + 70) / 140)
    const wanted = rule < cost ? 100 * Math.ceil(cost / 100) : rule
    if (storePrice(standardStrategy, cost).price !== wanted) wrong.push(cost)
  }

  assert.deepEqual(wrong, [])
})

for (const [cost, price, raisedTo] of [
  [0, 0, null],
  [1, 100, 'cost'],
  [34, 100, 'cost'],
  [35, 100, null],
  [70, 100, null],
  [100, 100, null],
  [101, 200, 'cost'],
  [104, 200, 'cost'],
  [105, 200, null],
  [700, 1_000, null],
  [1_000, 1_400, null],
  [1_999, 2_900, null],
  [2_500, 3_600, null],
  [12_345, 17_600, null],
  [35_000, 50_000, null],
] as const) {
  test(`a cost of ${cost} sells at ${price}${raisedTo ? ', raised to cover the cost' : ''}`, () => {
    assert.deepEqual(storePrice(standardStrategy, cost), { price, raisedTo })
  })
}

const cost = fc.oneof(
  fc.integer({ min: 1, max: 400 }),
  fc.integer({ min: 1, max: 5_000_000 }),
  fc.integer({ min: 1, max: maxPesos }),
)

test('every strategy agrees with the same rule in numbers without limit, up to the greatest cost', () => {
  fc.assert(
    fc.property(arbitraryStrategy, cost, (strategy, pesos) => {
      assert.equal(BigInt(storePrice(strategy, pesos).price), exactPrice(strategy, BigInt(pesos)))
    }),
    { numRuns: 2000 },
  )
})

test('a price is a whole number of steps, never below the minimum, nor below a cost that is a floor', () => {
  fc.assert(
    fc.property(arbitraryStrategy, cost, (strategy, pesos) => {
      const { price } = storePrice(strategy, pesos)

      assert.equal(price % strategy.rounding.stepPesos, 0)
      assert.ok(price >= strategy.minimumPrice)
      assert.ok(!strategy.floorAtCost || price >= pesos)
    }),
  )
})

test('a greater cost never sells for less', () => {
  fc.assert(
    fc.property(arbitraryStrategy, cost, cost, (strategy, one, other) => {
      const [low, high] = one < other ? [one, other] : [other, one]

      assert.ok(storePrice(strategy, low).price <= storePrice(strategy, high).price)
    }),
  )
})

test('rounding goes to the nearest step, up or down', () => {
  const prices = (['nearest', 'up', 'down'] as const).map((mode) => {
    const strategy = { ...standardStrategy, marginPercent: 0, rounding: { stepPesos: 50, mode }, floorAtCost: false }
    return [1_001, 1_025, 1_049, 1_050].map((pesos) => storePrice(strategy, pesos).price)
  })

  assert.deepEqual(prices, [
    [1_000, 1_050, 1_050, 1_050],
    [1_050, 1_050, 1_050, 1_050],
    [1_000, 1_000, 1_000, 1_050],
  ])
})

test('a minimum raises what would be less, but gives no price to what has no cost', () => {
  const strategy = { ...standardStrategy, minimumPrice: 500 }

  assert.deepEqual(storePrice(strategy, 200), { price: 500, raisedTo: 'minimum' })
  assert.deepEqual(storePrice(strategy, 350), { price: 500, raisedTo: null })
  assert.deepEqual(storePrice(strategy, 0), { price: 0, raisedTo: null })
})

test('the decimals of a cost are cut, not rounded', () => {
  assert.deepEqual(storePrice(standardStrategy, 104.99), storePrice(standardStrategy, 104))
  assert.deepEqual(storePrice(standardStrategy, 0.9), { price: 0, raisedTo: null })
})

test('a cost that is no amount of money is refused', () => {
  for (const pesos of [-1, Number.NaN, Number.POSITIVE_INFINITY, maxPesos + 1]) {
    assert.throws(() => storePrice(standardStrategy, pesos), RangeError)
  }
})

test('the least price for a margin is the first whole one that leaves it', () => {
  fc.assert(
    fc.property(cost, fc.integer({ min: 0, max: 950 }), (pesos, tenths) => {
      const price = BigInt(leastPrice(pesos, tenths / 10))
      const leaves = (each: bigint) => each * BigInt(1000 - tenths) >= BigInt(pesos) * 1000n

      assert.ok(leaves(price) && !leaves(price - 1n))
    }),
  )
})

test('a suggested price is one of the strategy that leaves the margin', () => {
  assert.equal(suggestedPrice(standardStrategy, 2_500, 10), 3_600)
  assert.equal(suggestedPrice(standardStrategy, 100, 10), 200)
  fc.assert(
    fc.property(arbitraryStrategy, cost, (strategy, pesos) => {
      const price = suggestedPrice(strategy, pesos, 10)

      assert.ok(price >= leastPrice(pesos, 10) && price % strategy.rounding.stepPesos === 0)
    }),
  )
})

/** Says the rule once more, in big integers and by comparison instead of by rounding. */
function exactPrice(strategy: PriceStrategy, pesos: bigint): bigint {
  const step = BigInt(strategy.rounding.stepPesos)
  const keeps = BigInt(1000 - Math.round(strategy.marginPercent * 10))
  const below = ((pesos * 1000n) / (keeps * step)) * step
  const isExact = below * keeps === pesos * 1000n
  const isNearerAbove = 2n * (pesos * 1000n - below * keeps) >= step * keeps
  const goesUp = { nearest: isNearerAbove, up: !isExact, down: false }[strategy.rounding.mode]
  const rounded = goesUp ? below + step : below
  const floor = strategy.floorAtCost ? ((pesos + step - 1n) / step) * step : 0n
  const covered = rounded < pesos && floor > rounded ? floor : rounded
  return covered < BigInt(strategy.minimumPrice) ? BigInt(strategy.minimumPrice) : covered
}
