import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { standardStrategy } from './price-strategy.ts'

const cost = fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 999_999_999 }))

test('a price is never below its cost and always a multiple of 100', () => {
  fc.assert(
    fc.property(cost, (pesos) => {
      const { price } = standardStrategy.price(pesos)

      assert.ok(price >= pesos)
      assert.equal(price % 100, 0)
    }),
  )
})

test('a price that is not floored is cost / 0.7 rounded to 100', () => {
  fc.assert(
    fc.property(cost, (pesos) => {
      const { price, floored } = standardStrategy.price(pesos)

      if (!floored) assert.equal(price, Math.round(pesos / 0.7 / 100) * 100)
    }),
  )
})

test('a floored price is the first multiple of 100 that covers the cost', () => {
  fc.assert(
    fc.property(cost, (pesos) => {
      const { price, floored } = standardStrategy.price(pesos)

      if (floored) assert.ok(price - 100 < pesos && Math.round(pesos / 0.7 / 100) * 100 < pesos)
    }),
  )
})

for (const [pesos, price, floored] of [
  [0, 0, false],
  [1, 100, true],
  [34, 100, true],
  [35, 100, false],
  [70, 100, false],
  [100, 100, false],
  [101, 200, true],
  [104, 200, true],
  [105, 200, false],
  [700, 1_000, false],
  [1_000, 1_400, false],
  [1_999, 2_900, false],
  [2_500, 3_600, false],
  [12_345, 17_600, false],
  [35_000, 50_000, false],
] as const) {
  test(`a cost of ${pesos} sells at ${price}${floored ? ', lifted to cover the cost' : ''}`, () => {
    assert.deepEqual(standardStrategy.price(pesos), { price, floored })
  })
}

test('the decimals of a cost are cut, not rounded', () => {
  assert.deepEqual(standardStrategy.price(104.99), standardStrategy.price(104))
  assert.deepEqual(standardStrategy.price(0.9), { price: 0, floored: false })
})

test('a cost that is no amount of money is refused', () => {
  for (const pesos of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => standardStrategy.price(pesos), RangeError)
  }
})
