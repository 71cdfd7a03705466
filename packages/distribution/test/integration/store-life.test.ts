import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { editProduct } from '../../src/assortment/edit-product.ts'
import type { StoreDatabase } from '../../src/tenancy/store-databases.ts'
import { bedDrivers } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'
import { type StoreRow, storeRows } from '../support/stocked-store.ts'

const products = 3
const number = fc.integer({ min: 1, max: products })
const pesos = fc.integer({ min: 1, max: 9_000 })
const few = { minLength: 4, maxLength: 8 }

/** What happens in the store; a product that is not there at the time is left out. */
const edit = fc.record({
  number,
  act: fc.oneof(
    fc.record({ kind: fc.constant('setPrice' as const), price: pesos }),
    fc.record({ kind: fc.constantFrom('followPrice', 'hide', 'show', 'delete', 'restore') }),
    fc.record({ kind: fc.constant('count' as const), stock: fc.nat(50) }),
    fc.record({ kind: fc.constantFrom('image', 'name'), text: fc.constantFrom('mia.webp', 'Lo mío') }),
  ),
})

/** What happens at the distributor meanwhile. */
const change = fc.record({
  number,
  act: fc.oneof(
    fc.record({ kind: fc.constant('price' as const), pesos }),
    fc.record({ kind: fc.constantFrom('withdraw', 'sell', 'unprice') }),
    fc.record({ kind: fc.constantFrom('image', 'name'), text: fc.constantFrom('otra.webp', 'Otro nombre') }),
  ),
})

type Edit = typeof edit extends fc.Arbitrary<infer Value> ? Value : never
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never

const rounds = fc.array(fc.record({ edits: fc.array(edit, few), changes: fc.array(change, few) }), {
  minLength: 3,
  maxLength: 3,
})

for (const driver of bedDrivers)
  test(`on ${driver}, whatever a store decides and its distributor changes, copies leave the store's own byte for byte`, async () => {
    await using bed = await TestBed.open(driver)
    await bed.addProducts(products)

    await fc.assert(
      fc.asyncProperty(rounds, async (life) => {
        const { runId, companyId } = await bed.register()
        await bed.copy({ runId, companyId })
        await using store = await bed.store(runId)
        await addOwn(store, companyId)
        for (const { edits, changes } of life) {
          for (const each of edits) await applyEdit(store, companyId, each)
          const before = await storeRows(store)
          for (const each of changes) await applyChange(bed, each)
          const { state } = await bed.copyAgain(companyId)
          const after = await storeRows(store)
          assert.match(state, /^completed/)
          assert.deepEqual(
            keptOf(after, before),
            before.map((row) => decided(row, row)),
          )
          assert.equal(new Set(after.map(({ item_father_id, sku }) => `${item_father_id} ${sku}`)).size, after.length)
        }
      }),
      { numRuns: 12, endOnFailure: true },
    )
  })

/** Of the rows that were there before, what the store had decided then. */
function keptOf(after: readonly StoreRow[], before: readonly StoreRow[]): readonly unknown[] {
  const known = new Map(before.map((row) => [row.id, row]))
  return after.flatMap((row) => {
    const earlier = known.get(row.id)
    return earlier ? [decided(row, earlier)] : []
  })
}

/** Those columns of a row that are the store's own in `earlier`. */
function decided(row: StoreRow, earlier: StoreRow): unknown {
  if (earlier.item_father_id === 0) return row
  const { id, item_father_id, stock, price_mode, locked_fields, hidden_at, deleted_at, created_at } = row
  const always = { id, item_father_id, stock, price_mode, locked_fields, hidden_at, deleted_at, created_at }
  const locked = String(earlier.locked_fields)
  const isDeleted = earlier.deleted_at !== null
  return {
    ...always,
    ...((isDeleted || earlier.price_mode === 'manual') && { price: row.price, strategy: row.price_strategy }),
    ...((isDeleted || locked.includes('image')) && { image: row.img_path }),
    ...((isDeleted || locked.includes('name')) && { name: row.name }),
    ...(isDeleted && { sku: row.sku, cost: row.cost, status: row.status, category: row.categoryId, tax: row.taxId }),
  }
}

async function addOwn(store: StoreDatabase, companyId: number): Promise<void> {
  const nothing = { taxId: null, categoryId: null, price_strategy: null, content_hash: null }
  const own = { item_father_id: 0, company_id: companyId, sku: 'PROPIO', name: 'Empanada', img_path: 'empanada.webp' }
  await store
    .insertInto('tat_items')
    .values({ ...own, ...nothing, cost: 900, price: 2_000, stock: 4 })
    .execute()
}

async function applyEdit(store: StoreDatabase, companyId: number, { number: source, act }: Edit): Promise<void> {
  const sku = `SKU-${source}`
  if ((await storeRows(store)).every((row) => row.sku !== sku)) return
  if (!('stock' in act) && !('text' in act)) return editProduct(store, { companyId, sku }, act)
  const ofProduct = store.updateTable('tat_items').where('item_father_id', '=', source)
  if ('stock' in act) await ofProduct.set({ stock: act.stock }).execute()
  else if (act.kind === 'image') await ofProduct.set({ img_path: act.text, locked_fields: 'image' }).execute()
  else await ofProduct.set({ name: act.text, locked_fields: 'name' }).execute()
}

async function applyChange({ central }: TestBed, { number: id, act }: Change): Promise<void> {
  const item = central.updateTable('inv_items').where('id', '=', id)
  if ('pesos' in act)
    await central.updateTable('inv_values').set({ values: act.pesos }).where('itemId', '=', id).execute()
  else if (act.kind === 'unprice') await central.deleteFrom('inv_values').where('itemId', '=', id).execute()
  else if (!('text' in act)) await item.set({ status: act.kind === 'sell' ? 1 : 0 }).execute()
  else if (act.kind === 'name') await item.set({ name: act.text }).execute()
  else await central.updateTable('inv_image_gallery').set({ img_path: act.text }).where('itemId', '=', id).execute()
}
