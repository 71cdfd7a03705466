import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { standardRules } from '../copy-rules.ts'
import { planPage, type SourceProduct } from './plan.ts'
import type { StoreContents } from './store-state.ts'

const emptyStore: StoreContents = { copied: new Map(), takenSkus: new Set() }

const rice = {
  id: 7,
  sku: 'ARROZ-500',
  name: 'Arroz 500 g',
  categoryId: 3,
  categoryName: 'Granos',
  taxName: 'IVA 5',
  taxPercentage: 5,
  basePrice: 2500,
  imagePath: 'products/7.webp',
} satisfies SourceProduct

test('a product the store does not have is copied with category, tax, image, cost and price', () => {
  const plan = planPage([rice], emptyStore, standardRules)

  const [row] = plan.inserts
  assert.ok(row)
  const { contentHash, ...content } = row
  assert.match(contentHash, /^[0-9a-f]{32}$/)
  assert.deepEqual(content, {
    sourceId: 7,
    sku: 'ARROZ-500',
    name: 'Arroz 500 g',
    category: { sourceId: 3, name: 'Granos' },
    tax: { name: 'IVA 5', percentage: 5 },
    imagePath: 'products/7.webp',
    brand: null,
    unit: null,
    cost: 2500,
    price: 3600,
    status: 1,
    priceStrategy: 'margin-30@1',
    keeps: [],
  })
  assert.deepEqual(plan.counts, { copied: 1, updated: 0, unchanged: 0, skipped: 0, errors: 0 })
  assert.deepEqual(plan.outcomes, [])
})

test('a product with the same content is left alone', () => {
  const plan = planPage([rice], storeWith(rice), standardRules)

  assert.equal(plan.inserts.length + plan.updates.length, 0)
  assert.equal(plan.counts.unchanged, 1)
})

test('the hashes of stores that were copied to before are those of today, or all their products would be written again', () => {
  const bare = { ...rice, taxName: null, imagePath: null, categoryId: null, basePrice: null }

  const hashes = [rice, bare].map((product) => planPage([product], emptyStore, standardRules).inserts[0]?.contentHash)

  assert.deepEqual(hashes, ['1b69e13734021c8d5bce68fc8aab4c03', '7cf54107ca9aa4dba8cc7c7c1e3ce0af'])
})

const changes: readonly (readonly [field: keyof SourceProduct, value: string | number | null])[] = [
  ['sku', 'ARROZ-501'],
  ['name', 'Arroz 501 g'],
  ['categoryId', 4],
  ['categoryName', 'Cereales'],
  ['taxName', 'IVA 19'],
  ['taxPercentage', 19],
  ['basePrice', 2501],
  ['imagePath', 'products/8.webp'],
  ['imagePath', null],
]

for (const [field, value] of changes) {
  test(`a product whose ${field} becomes ${value} is updated`, () => {
    const plan = planPage([{ ...rice, [field]: value }], storeWith(rice), standardRules)

    assert.equal(plan.updates.length, 1)
    assert.equal(plan.counts.updated, 1)
  })
}

test('a product without a price is copied inactive and reported', () => {
  for (const basePrice of [null, 0, 0.9]) {
    const plan = planPage([{ ...rice, basePrice }], emptyStore, standardRules)

    const [row] = plan.inserts
    assert.deepEqual([row?.cost, row?.price, row?.status], [0, 0, 0])
    assert.deepEqual(plan.outcomes, [{ sourceId: 7, sku: 'ARROZ-500', outcome: 'copied', reason: 'without_price' }])
  }
})

test('a price that the rule puts below cost is raised and reported', () => {
  const plan = planPage([{ ...rice, basePrice: 103 }], emptyStore, standardRules)

  assert.equal(plan.inserts[0]?.price, 200)
  assert.equal(plan.outcomes[0]?.reason, 'price_floored')
})

test('a price that nobody can charge is an error of that product alone', () => {
  const page = [rice, { ...rice, id: 8, sku: 'B', basePrice: -1 }, { ...rice, id: 9, sku: 'C', basePrice: Infinity }]

  const plan = planPage(page, emptyStore, standardRules)

  assert.deepEqual(plan.counts, { copied: 1, updated: 0, unchanged: 0, skipped: 0, errors: 2 })
  assert.deepEqual(
    plan.outcomes.map(({ outcome, reason }) => [outcome, reason]),
    [
      ['error', 'invalid_price'],
      ['error', 'invalid_price'],
    ],
  )
})

test("what would cost more than the original's column holds is an error, unless the store has a price of its own", () => {
  const dear = { ...rice, basePrice: 9_999_999_999 }

  assert.equal(
    planPage([{ ...rice, basePrice: 6_999_999_000 }], emptyStore, standardRules).inserts[0]?.price,
    9_999_998_600,
  )
  assert.equal(planPage([dear], emptyStore, standardRules).outcomes[0]?.reason, 'invalid_price')
  const before = storeWith(rice)
  const owning = {
    ...before,
    copied: new Map(
      [...before.copied].map(([id, row]) => [id, { ...row, priceMode: 'manual', price: 9_000 } as const]),
    ),
  }
  assert.deepEqual(
    planPage([dear], owning, standardRules).updates.map(({ price, cost }) => [price, cost]),
    [[9_000, 9_999_999_999]],
  )
})

test('the reserved SKU is skipped however it is written', () => {
  for (const sku of ['GENERICO', 'generico', 'Generico']) {
    const plan = planPage([{ ...rice, sku }], emptyStore, standardRules)

    assert.equal(plan.counts.skipped, 1)
    assert.equal(plan.outcomes[0]?.reason, 'reserved_sku')
  }
})

test("a SKU that the store uses for its own product is skipped, unless the distributor's was there first", () => {
  const takenSkus = new Set([rice.sku])

  const first = planPage([rice], { ...emptyStore, takenSkus }, standardRules)
  const later = planPage([{ ...rice, basePrice: 9000 }], { ...storeWith(rice), takenSkus }, standardRules)

  assert.equal(first.outcomes[0]?.reason, 'sku_taken')
  assert.equal(later.counts.updated, 1)
})

test('a product without a category goes to TIENDA, one without a tax has none', () => {
  const bare = { ...rice, categoryId: null, categoryName: null, taxName: null, taxPercentage: null, imagePath: '' }

  const [row] = planPage([bare], emptyStore, standardRules).inserts

  assert.deepEqual(row?.category, { sourceId: 0, name: 'TIENDA' })
  assert.equal(row?.tax, null)
  assert.equal(row?.imagePath, null)
})

test('whatever the page holds, every product has exactly one outcome, and no price is below its cost', () => {
  const product = fc.record({
    id: fc.integer({ min: 1 }),
    sku: fc.oneof(fc.constantFrom('GENERICO', 'PROPIO'), fc.string()),
    name: fc.string(),
    categoryId: fc.option(fc.nat()),
    categoryName: fc.option(fc.string()),
    taxName: fc.option(fc.string()),
    taxPercentage: fc.option(fc.double()),
    basePrice: fc.option(fc.double()),
    imagePath: fc.option(fc.string()),
  })
  const page = fc.uniqueArray(product, { selector: ({ id }) => id, maxLength: 30 })
  fc.assert(
    fc.property(page, (products) => {
      const { counts, inserts } = planPage(products, { ...emptyStore, takenSkus: new Set(['PROPIO']) }, standardRules)

      assert.equal(
        Object.values(counts).reduce((sum, count) => sum + count, 0),
        products.length,
      )
      assert.equal(inserts.length, counts.copied)
      for (const { cost, price, status } of inserts) assert.ok(price >= cost && (status === 1) === cost > 0)
    }),
  )
})

test('planning what was just planned changes nothing', () => {
  fc.assert(
    fc.property(fc.option(fc.nat(1e9)), fc.string(), (basePrice, name) => {
      const product = { ...rice, basePrice, name }

      assert.equal(planPage([product], storeWith(product), standardRules).counts.unchanged, 1)
    }),
  )
})

function storeWith(product: SourceProduct): StoreContents {
  const rows = planPage([product], emptyStore, standardRules).inserts
  return { ...emptyStore, copied: new Map(rows.map((row) => [row.sourceId, { ...undecided, ...row }])) }
}

/** What a store that has decided nothing has beside the values of a copy. */
const undecided = {
  priceMode: 'auto',
  lockedFields: [],
  hiddenAt: null,
  deletedAt: null,
  sourceState: 'active',
} as const
