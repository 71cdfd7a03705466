import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyPlan, contentsFor, editRow, emptyModel } from '../../../test/support/store-model.ts'
import { reviseStrategy, standardStrategy } from '../../catalog/price-strategy.ts'
import { type PagePlan, planPage, type SourceProduct } from './plan.ts'
import { type CopyPolicies, defaultPolicies } from './policies.ts'

const rice: SourceProduct = {
  id: 7,
  sku: 'ARROZ-500',
  name: 'Arroz 500 g',
  categoryId: 3,
  categoryName: 'Granos',
  taxName: 'IVA 5',
  taxPercentage: 5,
  basePrice: 2500,
  imagePath: null,
}

const excluded = [
  [{ generic: 1 }, { genericProduct: 'skip' }, 'generic_product'],
  [{ type: 'COMBO' }, { combo: 'skip' }, 'combo_product'],
  [{ inventoriable: 0 }, { notInventoriable: 'skip' }, 'not_inventoriable'],
] as const

for (const [change, policy, reason] of excluded) {
  const product = { ...rice, ...change }

  test(`a product with ${JSON.stringify(change)} is copied, or left out when its distributor says so`, () => {
    assert.equal(planNew([product]).counts.copied, 1)
    assert.deepEqual(planNew([product], policy).outcomes, [
      { sourceId: 7, sku: 'ARROZ-500', outcome: 'skipped', reason },
    ])
    assert.equal(planNew([rice], policy).counts.copied, 1)
  })

  test(`a product with ${JSON.stringify(change)} that was copied before goes on being updated`, () => {
    const store = applyPlan(emptyModel, planNew([product]))
    const dearer = { ...product, basePrice: 9000 }

    const plan = planPage([dearer], contentsFor(store, [dearer]), rulesWith(policy))

    assert.equal(plan.counts.updated, 1)
  })
}

test('a combo may be copied inactive, until the store locks its status', () => {
  const combo = { ...rice, type: 'COMBO' }
  const plan = planNew([combo], { combo: 'inactive' })
  assert.deepEqual([plan.inserts[0]?.status, plan.outcomes[0]?.reason], [0, 'combo_inactive'])

  const store = applyPlan(emptyModel, plan)
  const rows = [...store.rows].map(
    ([id, row]) => [id, { ...editRow(row, { kind: 'lock', field: 'status', text: '' }), status: 1 }] as const,
  )
  const active = { ...store, rows: new Map(rows) }
  const again = planPage([combo], contentsFor(active, [combo]), rulesWith({ combo: 'inactive' }))

  assert.deepEqual(again.outcomes, [])
  assert.deepEqual(again.updates[0]?.keeps, ['status'])
})

test('of two products with one SKU the second is left out, or copied with a suffix', () => {
  const page = [rice, { ...rice, id: 8, name: 'Arroz Diana' }]

  const skipped = planNew(page)
  const suffixed = planNew(page, { skuConflict: 'suffix' })

  assert.deepEqual(reasonsOf(skipped), ['8 skipped sku_taken'])
  assert.deepEqual(reasonsOf(suffixed), ['8 copied sku_suffixed'])
  assert.deepEqual(skusOf(suffixed), ['ARROZ-500', 'ARROZ-500-2'])
  assert.deepEqual(suffixed.madeUpSkus, ['ARROZ-500-2'])
})

test('a SKU of the store itself, or of a product on another page, is taken', () => {
  const store = { ...applyPlan(emptyModel, planNew([{ ...rice, id: 1, sku: 'A' }])), ownSkus: new Set(['B']) }
  const page = [
    { ...rice, id: 2, sku: 'A ' },
    { ...rice, id: 3, sku: 'B' },
  ]

  const plan = planPage(page, contentsFor(store, page), rulesWith({ skuConflict: 'suffix' }))

  assert.deepEqual(skusOf(plan), ['A-2', 'B-2'])
})

test('a copied product keeps its SKU when the new one is taken, and says so', () => {
  const page = [rice, { ...rice, id: 8, sku: 'LENTEJA' }]
  const store = applyPlan(emptyModel, planNew(page))
  const renamed = [rice, { ...rice, id: 8, sku: 'ARROZ-500', basePrice: 9000 }]

  const plan = planPage(renamed, contentsFor(store, renamed), rulesWith({}))

  assert.deepEqual([plan.updates[0]?.sku, plan.updates[0]?.cost], ['LENTEJA', 9000])
  assert.deepEqual(reasonsOf(plan), ['8 updated sku_kept'])
})

test('a product without a SKU gets one from its id, and keeps the one that it had', () => {
  for (const sku of [null, '', '  ']) {
    const bare = { ...rice, sku }
    const plan = planNew([bare])
    assert.deepEqual(skusOf(plan), ['P-7'])
    assert.deepEqual(plan.outcomes, [{ sourceId: 7, sku: 'P-7', outcome: 'copied', reason: 'without_sku' }])

    const store = applyPlan(emptyModel, planNew([rice]))
    const later = planPage([bare], contentsFor(store, [bare]), rulesWith({}))
    assert.deepEqual([later.counts.unchanged, reasonsOf(later)], [1, ['7 unchanged without_sku']])
  }
})

test('a product that is renamed to GENERICO goes on under the SKU that it had', () => {
  const store = applyPlan(emptyModel, planNew([rice]))
  const renamed = [{ ...rice, sku: 'Generico', basePrice: 9000 }]

  const plan = planPage(renamed, contentsFor(store, renamed), rulesWith({}))

  assert.deepEqual([plan.updates[0]?.sku, reasonsOf(plan)], ['ARROZ-500', ['7 updated sku_kept']])
})

test('several things to look at in one product are several outcomes, and one count', () => {
  const plan = planNew([{ ...rice, sku: null, basePrice: null }])

  assert.deepEqual(reasonsOf(plan), ['7 copied without_price', '7 copied without_sku'])
  assert.equal(plan.counts.copied, 1)
})

test('a distributor may sell below cost, and hears of it; a price of nothing is no price', () => {
  const strategy = reviseStrategy(standardStrategy, { floorAtCost: false })
  const plan = (basePrice: number) =>
    planPage([{ ...rice, basePrice }], contentsFor(emptyModel, []), { strategy, policies: defaultPolicies })

  assert.deepEqual([plan(102).inserts[0]?.price, reasonsOf(plan(102))], [100, ['7 copied below_cost']])
  assert.deepEqual([plan(20).inserts[0]?.status, reasonsOf(plan(20))], [0, ['7 copied without_price']])
})

test('a price that the minimum has raised is reported', () => {
  const strategy = reviseStrategy(standardStrategy, { minimumPrice: 500 })
  const page = [{ ...rice, basePrice: 200 }]

  const plan = planPage(page, contentsFor(emptyModel, []), { strategy, policies: defaultPolicies })

  assert.deepEqual([plan.inserts[0]?.price, reasonsOf(plan)], [500, ['7 copied price_minimum']])
})

test('brand and unit come along', () => {
  const [row] = planNew([{ ...rice, brandName: 'Diana', unitName: 'Bolsa' }]).inserts

  assert.deepEqual([row?.brand, row?.unit], ['Diana', 'Bolsa'])
})

function planNew(page: readonly SourceProduct[], policies: Partial<CopyPolicies> = {}): PagePlan {
  return planPage(page, contentsFor(emptyModel, page), rulesWith(policies))
}

function rulesWith(policies: Partial<CopyPolicies>) {
  return { strategy: standardStrategy, policies: { ...defaultPolicies, ...policies } }
}

function reasonsOf({ outcomes }: PagePlan): readonly string[] {
  return outcomes.map(({ sourceId, outcome, reason }) => `${sourceId} ${outcome} ${reason}`)
}

function skusOf({ inserts }: PagePlan): readonly string[] {
  return inserts.map(({ sku }) => sku)
}
