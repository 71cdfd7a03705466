import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  applyPlan,
  contentsFor,
  editRow,
  emptyModel,
  type StoreEdit,
  type StoreModel,
} from '../../../test/support/store-model.ts'
import { reviseStrategy, standardStrategy } from '../../catalog/price-strategy.ts'
import { planPage, type SourceProduct } from './plan.ts'
import { defaultPolicies } from './policies.ts'

const rules = { strategy: standardStrategy, policies: defaultPolicies }

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
  brandName: 'Diana',
  unitName: 'Bolsa',
} satisfies SourceProduct

test('a price of the store stays while its cost follows the distributor', () => {
  const plan = planAfter({ kind: 'setPrice', price: 3900 }, { ...rice, basePrice: 2600 })

  const [row] = plan.updates
  assert.deepEqual([row?.cost, row?.price, row?.status, row?.keeps], [2600, 3900, 1, ['price']])
  assert.deepEqual(plan.outcomes, [])
})

test('a price of the store that leaves too little is reported with one that would not', () => {
  const plan = planAfter({ kind: 'setPrice', price: 3900 }, { ...rice, basePrice: 3600 })

  assert.deepEqual(plan.outcomes, [
    { sourceId: 7, sku: 'ARROZ-500', outcome: 'updated', reason: 'margin_low', suggestedPrice: 5100 },
  ])
})

test('the least margin is the one of the policies, to the peso', () => {
  // 10 % of the selling price: 2,700 leaves 270 of it.
  for (const [basePrice, isLow] of [
    [2430, false],
    [2431, true],
  ] as const) {
    const plan = planAfter({ kind: 'setPrice', price: 2700 }, { ...rice, basePrice })

    assert.equal(plan.outcomes.length === 1, isLow)
  }
})

test('a margin stays reported while nothing else changes', () => {
  const plan = planAfter({ kind: 'setPrice', price: 2000 }, rice)
  const store = applyPlan(storeAfter({ kind: 'setPrice', price: 2000 }), plan)

  const again = planPage([rice], contentsFor(store, [rice]), rules)

  assert.equal(again.counts.unchanged, 1)
  assert.deepEqual(again.outcomes[0]?.reason, 'margin_low')
})

test('a product with a price of the store goes on being sold when the distributor has no price for it', () => {
  const plan = planAfter({ kind: 'setPrice', price: 3900 }, { ...rice, basePrice: null })

  assert.deepEqual([plan.updates[0]?.cost, plan.updates[0]?.price, plan.updates[0]?.status], [0, 3900, 1])
  assert.equal(plan.outcomes[0]?.reason, 'without_cost')
})

test('another version of the strategy writes the products that follow it, and no price of the store', () => {
  const strategy = reviseStrategy(standardStrategy, { marginPercent: 25 })
  const plan = (store: StoreModel) => planPage([rice], contentsFor(store, [rice]), { ...rules, strategy })
  const manual = storeAfter({ kind: 'setPrice', price: 3900 })
  const settled = applyPlan(manual, planPage([rice], contentsFor(manual, [rice]), rules))

  const [row] = plan(stocked).updates
  assert.deepEqual([row?.price, row?.priceStrategy], [3300, 'margin-30@2'])
  assert.equal(plan(settled).counts.unchanged, 1)
})

test('a hidden product is kept up to date without a remark', () => {
  const plan = planAfter({ kind: 'hide' }, { ...rice, basePrice: null })

  assert.equal(plan.counts.updated, 1)
  assert.deepEqual(plan.outcomes, [])
})

test('a product that the store has deleted is left out, however often it is copied', () => {
  for (const product of [rice, { ...rice, name: 'Arroz 1 kg' }]) {
    const plan = planAfter({ kind: 'delete' }, product)

    assert.equal(plan.inserts.length + plan.updates.length, 0)
    assert.deepEqual(plan.outcomes, [{ sourceId: 7, sku: 'ARROZ-500', outcome: 'skipped', reason: 'deleted_by_store' }])
  }
})

test('the SKU of a deleted product stays its own, because it can be restored', () => {
  const other = { ...rice, id: 8 }
  const deleted = storeAfter({ kind: 'delete' })

  const plan = planPage([rice, other], contentsFor(deleted, [rice, other]), rules)

  assert.deepEqual(
    plan.outcomes.map(({ sourceId, reason }) => [sourceId, reason]),
    [
      [7, 'deleted_by_store'],
      [8, 'sku_taken'],
    ],
  )
})

const lockable = [
  ['sku', { sku: 'ARROZ-501' }],
  ['name', { name: 'Arroz 501 g' }],
  ['category', { categoryId: 4, categoryName: 'Cereales' }],
  ['tax', { taxPercentage: 19 }],
  ['image', { imagePath: null }],
  ['brand', { brandName: 'Roa' }],
  ['unit', { unitName: 'Libra' }],
] as const

for (const [field, change] of lockable) {
  test(`a ${field} that the store has locked stays, and comes back with the lock gone`, () => {
    const changed = { ...rice, ...change }
    const locked = storeAfter({ kind: 'lock', field, text: 'propio' })
    const settled = applyPlan(locked, planPage([rice], contentsFor(locked, [rice]), rules))

    assert.equal(planPage([changed], contentsFor(settled, [rice]), rules).counts.unchanged, 1)
    const unlocked = edit(settled, { kind: 'unlock', field, text: '' })
    assert.deepEqual(
      applyPlan(unlocked, planPage([rice], contentsFor(unlocked, [rice]), rules)).rows.get(7),
      stocked.rows.get(7),
    )
  })
}

test('a product whose SKU the store has locked leaves its own one to others', () => {
  const other = { ...rice, id: 8 }
  const locked = storeAfter({ kind: 'lock', field: 'sku', text: 'propio' })

  const plan = planPage([rice, other], contentsFor(locked, [rice, other]), rules)

  assert.deepEqual([plan.updates[0]?.sku, plan.inserts[0]?.sku], ['propio', 'ARROZ-500'])
  assert.deepEqual(plan.outcomes, [])
})

test('a status that the store has locked stays, but nothing is for sale without a price', () => {
  const locked = { kind: 'lock', field: 'status', text: '' } as const

  assert.deepEqual(planAfter(locked, { ...rice, basePrice: 9000 }).updates[0]?.keeps, ['status'])
  const [row] = planAfter(locked, { ...rice, basePrice: null }).updates
  assert.deepEqual([row?.status, row?.keeps], [0, []])
})

test('a product that was discontinued comes back although nothing in it has changed', () => {
  const plan = planAfter({ kind: 'discontinue' }, rice)

  assert.equal(plan.counts.updated, 1)
  assert.equal(applyPlan(storeAfter({ kind: 'discontinue' }), plan).rows.get(7)?.sourceState, 'active')
})

const stocked = applyPlan(emptyModel, planPage([rice], contentsFor(emptyModel, []), rules))

function planAfter(change: StoreEdit, product: SourceProduct) {
  return planPage([product], contentsFor(storeAfter(change), [product]), rules)
}

function storeAfter(change: StoreEdit): StoreModel {
  return edit(stocked, change)
}

function edit(store: StoreModel, change: StoreEdit): StoreModel {
  return { ...store, rows: new Map([...store.rows].map(([id, row]) => [id, editRow(row, change)])) }
}
