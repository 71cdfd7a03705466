import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { editProduct } from '../../src/assortment/edit-product.ts'
import { ProductNotRestockableError, requestRestock } from '../../src/assortment/restock.ts'
import { listStoreProducts } from '../../src/copy/runs/store-products.ts'
import { readBatch } from '../../src/sync/batches.ts'
import { previewPublication } from '../../src/sync/preview.ts'
import { publish } from '../../src/sync/publish.ts'
import { SharedMemory } from '../../src/sync/shared-memory.ts'
import type { StoreDatabase } from '../../src/tenancy/store-databases.ts'
import { bedDrivers } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'
import { copiedRow } from '../support/stocked-store.ts'

const products = 330

for (const driver of bedDrivers) {
  // A file is made at once, a database on a server is not.
  const count = driver === 'sqlite' ? 200 : 20
  test(`on ${driver}, 300 prices, 20 new and 10 withdrawn products reach ${count} stores within five minutes, as one publication`, async () => {
    await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
    await bed.addProducts(products)
    const stores = await stock(bed, count)
    const [decided, selling] = stores
    assert.ok(decided && selling)
    await inStore(bed, decided, (store) =>
      editProduct(store, { companyId: decided.companyId, sku: 'SKU-7' }, { kind: 'setPrice', price: 50_000 }),
    )
    await inStore(bed, selling, (store) =>
      store.updateTable('tat_items').set({ stock: 2 }).where('item_father_id', '=', products).execute(),
    )
    await changeCatalogue(bed)

    const startedAt = performance.now()
    const preview = await previewPublication(bed, bed.distributorId)
    const { id } = await publish(bed, { distributorId: bed.distributorId, revision: preview.revision })
    await work(bed)
    const took = performance.now() - startedAt

    const batch = await readBatch(bed.central, id)
    assert.deepEqual([batch.state, batch.counts, id], ['completed', { completed: count }, 1])
    assert.ok(took < 300_000, `${took} ms`)
    assert.equal(preview.stores.length, count)
    for (const { added, changed, same, discontinued, conflicts } of preview.stores)
      assert.deepEqual([added, changed, same, discontinued, conflicts], [20, 300, 20, 10, 0])
    for (const stocked of stores)
      assert.deepEqual(await inStore(bed, stocked, lookAt), {
        products: 350,
        repriced: 300,
        withdrawn: 10,
        withoutStrategy: 0,
        belowCost: 0,
      })
    const own = await inStore(bed, decided, (store) => copiedRow(store, 7))
    assert.deepEqual([own.price, own.cost, own.price_mode], [50_000, 20_000, 'manual'])
    const followed = await inStore(bed, selling, (store) => copiedRow(store, 7))
    assert.deepEqual([followed.price, followed.price_strategy], [28_600, 'margin-30@1'])
    assert.deepEqual(await lastProduct(bed, selling), { active: true, restock: 'refused' })
    assert.deepEqual(await lastProduct(bed, decided), { active: false, restock: 'refused' })
  })
}

interface Stocked {
  readonly runId: number
  readonly companyId: number
}

async function stock(bed: TestBed, count: number): Promise<readonly Stocked[]> {
  const stores: Stocked[] = []
  for (let number = 1; number <= count; number += 1) stores.push(await bed.register())
  await work(bed)
  return stores
}

async function work(bed: TestBed): Promise<void> {
  await bed.queue.worker({ memory: 0, concurrency: 4, stopWhenEmpty: true }).run()
}

async function changeCatalogue(bed: TestBed): Promise<void> {
  await sql`update inv_values set "values" = 20000 where "itemId" <= 300`.execute(bed.central)
  await bed.central
    .updateTable('inv_items')
    .set({ status: 0 })
    .where('id', '>', products - 10)
    .execute()
  await bed.addProducts(products + 20, products + 1)
}

async function inStore<Result>(
  bed: TestBed,
  { runId }: Stocked,
  look: (store: StoreDatabase) => Promise<Result>,
): Promise<Result> {
  await using store = await bed.store(runId)
  return await look(store)
}

async function lookAt(store: StoreDatabase) {
  const { rows } = await sql<Record<string, unknown>>`
    select count(*) as products,
      sum(case when cost = 20000 then 1 else 0 end) as repriced,
      sum(case when source_state = 'discontinued' then 1 else 0 end) as withdrawn,
      sum(case when price_strategy is null then 1 else 0 end) as "withoutStrategy",
      sum(case when price < cost then 1 else 0 end) as "belowCost"
    from tat_items
    where item_father_id > 0`.execute(store)
  return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, sum]) => [name, Number(sum)]))
}

/** Whether the last product, which the distributor has withdrawn, may be sold and ordered. */
async function lastProduct(bed: TestBed, stocked: Stocked) {
  const { companyId } = stocked
  return inStore(bed, stocked, async (store) => {
    const sku = `SKU-${products}`
    const [product] = await listStoreProducts(store, { companyId, limit: 1, search: sku })
    const restock = await requestRestock(store, { companyId, sku }, 1).then(
      () => 'accepted',
      (error: unknown) => (error instanceof ProductNotRestockableError ? 'refused' : String(error)),
    )
    return { active: product?.active, restock }
  })
}
