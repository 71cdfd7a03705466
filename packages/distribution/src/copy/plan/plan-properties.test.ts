import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { arbitraryEdits, arbitraryPage, arbitrarySku } from '../../../test/support/arbitrary-products.ts'
import { arbitraryPolicies, arbitraryStrategy } from '../../../test/support/arbitrary-rules.ts'
import {
  applyPlan,
  askedFor,
  contentsFor,
  editRow,
  emptyModel,
  type ModelRow,
  type StoreEdit,
  type StoreModel,
} from '../../../test/support/store-model.ts'
import { standardStrategy } from '../../catalog/price-strategy.ts'
import { type CopyRules, planPage, type SourceProduct } from './plan.ts'

const arbitraryRules: fc.Arbitrary<CopyRules> = fc.record(
  { strategy: fc.oneof(fc.constant(standardStrategy), arbitraryStrategy), policies: arbitraryPolicies },
  { noNullPrototype: true },
)

/** A store that has had some copies, with other rules and another catalogue, and has made up its own mind since. */
const arbitraryStore: fc.Arbitrary<StoreModel> = fc
  .record({
    ownSkus: fc.array(arbitrarySku, { maxLength: 3 }),
    copies: fc.array(fc.tuple(arbitraryPage, arbitraryRules, arbitraryEdits), { maxLength: 3 }),
  })
  .map(({ ownSkus, copies }) => {
    const start: StoreModel = { ...emptyModel, ownSkus: new Set(ownSkus.flatMap((sku) => sku ?? [])) }
    return copies.reduce((store, [page, rules, edits]) => edited(copied(store, page, rules), edits), start)
  })

const situation = [arbitraryPage, arbitraryStore, arbitraryRules] as const
const often = { numRuns: 1000 }

test('every product has exactly one outcome, and every row of the plan is one of them', () => {
  fc.assert(
    fc.property(...situation, (page, store, rules) => {
      const { counts, inserts, updates, outcomes } = planPage(page, contentsFor(store, page), rules)

      assert.equal(
        Object.values(counts).reduce((sum, count) => sum + count, 0),
        page.length,
      )
      assert.deepEqual([inserts.length, updates.length], [counts.copied, counts.updated])
      for (const kind of ['skipped', 'error'] as const) {
        const products = outcomes.filter(({ outcome }) => outcome === kind)
        assert.equal(products.length, kind === 'error' ? counts.errors : counts.skipped)
      }
      const reasons = outcomes.map(({ sourceId, reason }) => `${sourceId} ${reason}`)
      assert.equal(new Set(reasons).size, reasons.length)
    }),
    often,
  )
})

test('planning again what was just written gives nothing to write', () => {
  fc.assert(
    fc.property(...situation, (page, store, rules) => {
      const again = planPage(page, contentsFor(copied(store, page, rules), page), rules)

      assert.equal(again.inserts.length + again.updates.length, 0)
    }),
    often,
  )
})

test('the same page, store and rules give the same plan, whatever the order of the page', () => {
  fc.assert(
    fc.property(...situation, (page, store, rules) => {
      const contents = contentsFor(store, page)
      const plan = planPage(page, contents, rules)
      const reversed = planPage(page.toReversed(), contents, rules)

      assert.deepEqual(planPage(structuredClone(page), contents, rules), plan)
      assert.deepEqual(reversed.inserts.toReversed(), plan.inserts)
      assert.deepEqual(reversed.updates.toReversed(), plan.updates)
    }),
    often,
  )
})

test('what a store has decided is as it was after any number of copies', () => {
  const copies = fc.array(fc.tuple(arbitraryPage, arbitraryRules), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(arbitraryStore, copies, (store, later) => {
      const after = later.reduce((model, [page, rules]) => copied(model, page, rules), store)

      assert.equal(after.ownSkus, store.ownSkus)
      for (const [id, row] of store.rows) assert.deepEqual(decided(after.rows.get(id), row), decided(row, row))
    }),
    often,
  )
})

test('what a store has not decided is what the distributor has', () => {
  fc.assert(
    fc.property(...situation, (page, store, rules) => {
      const { rows } = copied(store, page, rules)

      for (const product of page) {
        const row = rows.get(product.id)
        const [fresh] = planPage([{ ...product, sku: `X-${product.id}` }], contentsFor(emptyModel, []), rules).inserts
        if (!row || !fresh || row.deletedAt) continue
        const { sku, keeps, contentHash, sourceId, ...wanted } = fresh
        assert.deepEqual({ ...wanted, ...followed(row) }, wanted)
        assert.equal(row.sourceState, 'active')
      }
    }),
    often,
  )
})

test('nothing is for sale without a price, nor below a cost that is a floor', () => {
  fc.assert(
    fc.property(...situation, (page, store, rules) => {
      const plan = planPage(page, contentsFor(store, page), rules)

      for (const { price, cost, status, keeps } of [...plan.inserts, ...plan.updates]) {
        assert.ok(price > 0 || status === 0)
        assert.ok(price > 0 || !keeps.includes('status'))
        assert.ok(keeps.includes('price') || !rules.strategy.floorAtCost || price >= cost)
      }
    }),
    often,
  )
})

test('looking up only the SKUs that a plan asks for gives the same plan as knowing them all', () => {
  fc.assert(
    fc.property(...situation, (page, store, rules) => {
      let asked = askedFor(page)
      let plan = planPage(page, contentsFor(store, page, asked), rules)
      for (;;) {
        const known = contentsFor(store, page, asked).takenSkus.size
        asked = [...asked, ...plan.madeUpSkus]
        const contents = contentsFor(store, page, asked)
        if (contents.takenSkus.size === known) break
        plan = planPage(page, contents, rules)
      }

      const { inserts, updates, outcomes } = planPage(page, contentsFor(store, page), rules)
      assert.deepEqual([plan.inserts, plan.updates, plan.outcomes], [inserts, updates, outcomes])
    }),
    often,
  )
})

function copied(store: StoreModel, page: readonly SourceProduct[], rules: CopyRules): StoreModel {
  return applyPlan(store, planPage(page, contentsFor(store, page), rules))
}

function edited(store: StoreModel, edits: readonly (readonly [id: number, edit: StoreEdit])[]): StoreModel {
  const rows = new Map(store.rows)
  for (const [id, edit] of edits) {
    const row = rows.get(id)
    if (row) rows.set(id, editRow(row, edit))
  }
  return { ...store, rows }
}

/** Those values of a row that are the store's own in `by`. */
function decided(row: ModelRow | undefined, by: ModelRow) {
  if (by.deletedAt) return row
  const { priceMode, lockedFields, hiddenAt, deletedAt } = row ?? {}
  const isLocked = (field: ModelRow['lockedFields'][number]) => by.lockedFields.includes(field)
  return {
    ...{ priceMode, lockedFields, hiddenAt, deletedAt },
    ...(by.priceMode === 'manual' && { price: row?.price, priceStrategy: row?.priceStrategy }),
    ...(isLocked('sku') && { sku: row?.sku }),
    ...(isLocked('name') && { name: row?.name }),
    ...(isLocked('category') && { category: row?.category }),
    ...(isLocked('tax') && { tax: row?.tax }),
    ...(isLocked('image') && { imagePath: row?.imagePath }),
    ...(isLocked('brand') && { brand: row?.brand }),
    ...(isLocked('unit') && { unit: row?.unit }),
  }
}

/** Those values of a row that the store leaves to the distributor. */
function followed(row: ModelRow) {
  const isFree = (field: ModelRow['lockedFields'][number]) => !row.lockedFields.includes(field)
  const isAuto = row.priceMode === 'auto'
  return {
    cost: row.cost,
    ...(isAuto && { price: row.price, priceStrategy: row.priceStrategy }),
    ...(isAuto && isFree('status') && { status: row.status }),
    ...(isFree('name') && { name: row.name }),
    ...(isFree('category') && { category: row.category }),
    ...(isFree('tax') && { tax: row.tax }),
    ...(isFree('image') && { imagePath: row.imagePath }),
    ...(isFree('brand') && { brand: row.brand }),
    ...(isFree('unit') && { unit: row.unit }),
  }
}
