import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assignSkus, isSuffixed, maxSkuLength, type SkuClaim, skuKey } from './assign-skus.ts'

const suffix = { taken: [], conflict: 'suffix' } as const

test('of new products with one SKU the smallest id has it, the others a suffix in the order of their ids', () => {
  const claims = [claim(9, 'A'), claim(3, 'A'), claim(5, ' A '), claim(4, 'B')]

  assert.deepEqual(skusOf(assignSkus(claims, suffix)), { 3: 'A', 4: 'B', 5: 'A-2', 9: 'A-3' })
  assert.deepEqual(skusOf(assignSkus(claims, { ...suffix, conflict: 'skip' })), { 3: 'A', 4: 'B' })
})

test('a SKU that somebody else has is left to it', () => {
  assert.deepEqual(skusOf(assignSkus([claim(1, 'A')], { taken: ['A', 'A-2'], conflict: 'suffix' })), { 1: 'A-3' })
  assert.deepEqual(skusOf(assignSkus([claim(1, 'A')], { taken: ['A'], conflict: 'skip' })), {})
})

test('a suffix never takes the SKU that another product of the page has by nature', () => {
  const claims = [claim(1, 'A'), claim(2, 'A'), claim(3, 'A-2')]

  assert.deepEqual(skusOf(assignSkus(claims, suffix)), { 1: 'A', 2: 'A-3', 3: 'A-2' })
})

test('who has a SKU in the store keeps it, even against a smaller id and an own product of the store', () => {
  const claims = [claim(1, 'A'), claim(2, 'A', 'A')]

  assert.deepEqual(skusOf(assignSkus(claims, suffix)), { 1: 'A-2', 2: 'A' })
  assert.deepEqual(skusOf(assignSkus(claims, { ...suffix, taken: ['A'] })), { 1: 'A-2', 2: 'A' })
})

test('who keeps its SKU has it in the form that it should have, unless another one of the store looks the same', () => {
  const [composed, decomposed] = ['ñ', 'n\u0303']
  const newcomer = claim(1, composed)

  assert.deepEqual(skusOf(assignSkus([newcomer, claim(2, decomposed, composed)], suffix)), { 1: 'ñ-2', 2: decomposed })
  const twins = [claim(2, composed, decomposed), claim(3, composed, composed)]
  assert.deepEqual(skusOf(assignSkus([newcomer, ...twins], suffix)), { 1: 'ñ-2', 2: decomposed, 3: composed })
  assert.deepEqual(skusOf(assignSkus([claim(2, ' A', 'A')], { ...suffix, taken: [' A'] })), { 2: 'A' })
})

test('a product in the store keeps its SKU when the one that it should have is taken', () => {
  const rules = { taken: ['B'], conflict: 'skip' } as const

  assert.deepEqual(skusOf(assignSkus([claim(1, 'B', 'A'), claim(2, 'A')], rules)), { 1: 'A' })
})

test('SKUs may change hands within a page', () => {
  assert.deepEqual(skusOf(assignSkus([claim(1, 'B', 'A'), claim(2, 'A', 'B'), claim(3, 'C')], suffix)), {
    1: 'B',
    2: 'A',
    3: 'C',
  })
})

test('a suffix goes once the SKU itself is free', () => {
  assert.deepEqual(skusOf(assignSkus([claim(2, 'A', 'A-2')], suffix)), { 2: 'A' })
})

test('a SKU with its suffix has at most 255 characters and no half of one', () => {
  const long = `${'x'.repeat(maxSkuLength - 3)}😀`
  const sku = assignSkus([claim(1, long)], { taken: [long], conflict: 'suffix' }).get(1) ?? ''

  assert.equal(sku, `${'x'.repeat(maxSkuLength - 3)}-2`)
  assert.ok(isSuffixed(sku, long))
})

test('SKUs that differ by case are two, those that nobody can tell apart are one', () => {
  assert.deepEqual(skusOf(assignSkus([claim(1, 'ñ'), claim(2, 'Ñ'), claim(3, 'n\u0303')], suffix)), {
    1: 'ñ',
    2: 'Ñ',
    3: 'n\u0303-2',
  })
})

test('a suffix is told from a SKU that merely has a number', () => {
  for (const sku of ['A-2', 'A-10', 'A-37']) assert.ok(isSuffixed(sku, 'A'), sku)
  for (const sku of ['A', 'A-1', 'A-0', 'A-02', 'B-2', 'A-2-2', 'A2', 'a-2']) assert.ok(!isSuffixed(sku, 'A'), sku)
})

const sku = fc.constantFrom('A', ' A', 'A-2', 'A-3', 'A-2-2', 'B', 'B-2', 'C')
const arbitraryClaims = fc.uniqueArray(
  fc.record({ id: fc.nat(20), wanted: sku, stored: fc.option(sku) }, { noNullPrototype: true }),
  { selector: ({ id }) => id, maxLength: 8 },
)
const arbitraryRules = fc.record({
  taken: fc.array(sku, { maxLength: 3 }),
  conflict: fc.constantFrom('skip', 'suffix'),
})

test('asking again with the answer as what is stored gives the same answer', () => {
  fc.assert(
    fc.property(arbitraryClaims, arbitraryRules, (claims, rules) => {
      const first = assignSkus(claims, rules)
      const applied = claims.map((each) => ({ ...each, stored: first.get(each.id) ?? each.stored }))

      assert.deepEqual(assignSkus(applied, rules), first)
    }),
    { numRuns: 3000 },
  )
})

test('a SKU that is given anew is nobody else’s, and the order of the page does not matter', () => {
  fc.assert(
    fc.property(arbitraryClaims, arbitraryRules, (claims, rules) => {
      const skus = assignSkus(claims, rules)

      assert.deepEqual(assignSkus(claims.toReversed(), rules), skus)
      const all = [...rules.taken, ...skus.values()].map(skuKey)
      for (const { id, stored } of claims) {
        const given = skuKey(skus.get(id) ?? '')
        const isNew = skus.has(id) && (stored === null || skuKey(stored) !== given)
        if (isNew) assert.equal(all.filter((each) => each === given).length, 1)
      }
    }),
    { numRuns: 3000 },
  )
})

function claim(id: number, wanted: string, stored: string | null = null): SkuClaim {
  return { id, wanted, stored }
}

function skusOf(skus: ReadonlyMap<number, string>): Readonly<Record<string, string>> {
  return Object.fromEntries(skus)
}
