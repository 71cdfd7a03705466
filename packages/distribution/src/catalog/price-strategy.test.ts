import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { arbitraryStrategy } from '../../test/support/arbitrary-rules.ts'
import { parsePriceStrategy, reviseStrategy, standardStrategy, strategyLabel } from './price-strategy.ts'
import { InvalidRuleError } from './rule-fields.ts'

test('a strategy reads back from its JSON, as text or parsed', () => {
  fc.assert(
    fc.property(arbitraryStrategy, (strategy) => {
      assert.deepEqual(parsePriceStrategy(JSON.stringify(strategy)), strategy)
      assert.deepEqual(parsePriceStrategy(structuredClone(strategy)), strategy)
    }),
  )
})

test('the label names the strategy and its version', () => {
  assert.equal(strategyLabel(standardStrategy), 'margin-30@1')
})

test('a strategy is known by its label: whatever changes, the version grows by one', () => {
  const { name, baseLabel, marginPercent, rounding, floorAtCost } = standardStrategy
  const changes = [
    { name: `${name}-b` },
    { baseLabel: 'Precio Base' },
    { marginPercent: marginPercent + 0.5 },
    { rounding: { ...rounding, stepPesos: 50 } },
    { rounding: { ...rounding, mode: 'up' } },
    { floorAtCost: !floorAtCost },
    { minimumPrice: 200 },
  ] as const
  for (const change of changes) {
    const revised = reviseStrategy(standardStrategy, change)

    assert.deepEqual(revised, { ...standardStrategy, ...change, version: 2 })
  }
  assert.equal(reviseStrategy(standardStrategy, { baseLabel, rounding: { ...rounding } }), standardStrategy)
})

test('the order of the fields is no change', () => {
  const { mode, stepPesos } = standardStrategy.rounding

  assert.equal(reviseStrategy(standardStrategy, { rounding: { mode, stepPesos } }), standardStrategy)
})

const invalid: readonly (readonly [field: string, change: Readonly<Record<string, unknown>>, shown: string])[] = [
  ['name', { name: 'Margen 30' }, '«Margen 30»'],
  ['name', { name: '' }, '«»'],
  ['name', { name: 'a'.repeat(41) }, `«${'a'.repeat(41)}»`],
  ['version', { version: 0 }, '«0»'],
  ['version', { version: 1.5 }, '«1.5»'],
  ['version', { version: '1' }, '«1»'],
  ['baseLabel', { baseLabel: 'Precio' }, '«Precio»'],
  ['marginPercent', { marginPercent: 100 }, '«100»'],
  ['marginPercent', { marginPercent: -1 }, '«-1»'],
  ['marginPercent', { marginPercent: 27.55 }, '«27.55»'],
  ['marginPercent', { marginPercent: Number.NaN }, '«null»'],
  ['stepPesos', { rounding: { stepPesos: 0, mode: 'up' } }, '«0»'],
  ['mode', { rounding: { stepPesos: 100, mode: 'even' } }, '«even»'],
  ['rounding', { rounding: null }, '«null»'],
  ['rounding', { rounding: { stepPesos: 100, mode: 'up', to: 50 } }, '«to»'],
  ['floorAtCost', { floorAtCost: 1 }, '«1»'],
  ['minimumPrice', { minimumPrice: 150 }, '«150»'],
  ['minimumPrice', { minimumPrice: -100 }, '«-100»'],
  ['priceStrategy', { margen: 30 }, '«margen»'],
]

for (const [field, change, shown] of invalid) {
  test(`${JSON.stringify(change)} is refused with the field and the value`, () => {
    assert.throws(
      () => parsePriceStrategy({ ...standardStrategy, ...change }),
      (error) => {
        assert.ok(error instanceof InvalidRuleError)
        assert.equal(error.field, field)
        for (const text of [error.text.es, error.text.en]) {
          assert.ok(text.includes(`«${field}»`) && text.includes(shown), text)
        }
        return true
      },
    )
  })
}

test('a field that is missing, and what is no JSON, are refused', () => {
  const { version, ...unversioned } = standardStrategy

  assert.throws(() => parsePriceStrategy(unversioned), /«version» (is missing|falta)/)
  for (const json of ['{', '', '[]', 'null', undefined, null, 30, [standardStrategy]]) {
    assert.throws(() => parsePriceStrategy(json), InvalidRuleError)
  }
})
