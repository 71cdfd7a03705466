import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDecimal } from './price-list-number.ts'

for (const [text, value] of [
  ['1234', 1234],
  ['1234,5', 1234.5],
  ['1234.50', 1234.5],
  ['1.234', 1234],
  ['1,234', 1234],
  ['1.234,56', 1234.56],
  ['1,234.56', 1234.56],
  ['1.234.567', 1_234_567],
  ['1.234.567,89', 1_234_567.89],
  ['1,234,567.8', 1_234_567.8],
  ['$ 1.000', 1000],
  ['$1000', 1000],
  ['COP 1.000', 1000],
  ['0', 0],
  ['0.500', 0.5],
  ['0,125', 0.125],
  ['12,5', 12.5],
  ['1.2345', 1.2345],
  ['1234.567', 1234.567],
  ['007', 7],
] as const) {
  test(`${text} is read as ${value}`, () => {
    assert.equal(parseDecimal(text), value)
  })
}

for (const text of [
  ['-5'],
  ['+5'],
  ['NaN'],
  ['Infinity'],
  ['1e5'],
  ['0x10'],
  ['mil'],
  ['1.'],
  [',5'],
  ['1.23.456'],
  ['1.2.3'],
  ['12.3456,7'],
  ['1.234,56,7'],
  ['1 234'],
  ['$'],
  [''],
  ['9'.repeat(31)],
].flat()) {
  test(`${JSON.stringify(text)} is no number`, () => {
    assert.equal(parseDecimal(text), undefined)
  })
}

test('an amount is read the same in Colombian and in English writing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99_999_999_999 }), (cents) => {
      const amount = cents / 100

      for (const locale of ['es-CO', 'en-US']) {
        const text = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 }).format(amount)
        assert.equal(parseDecimal(text), amount, text)
      }
    }),
  )
})
