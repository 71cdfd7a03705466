import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type BedDriver, bedDrivers } from '../../../test/support/bed-place.ts'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import { previewPublication } from '../../sync/preview.ts'
import { publish } from '../../sync/publish.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import { verifyRun } from '../verify/verify.ts'

/** As many as the first page has, and the second. */
const [firstPage, secondPage] = [1_000, 2_000]
const composed = '\u00f1-1'
const decomposed = 'n\u0303-1'

for (const driver of bedDrivers)
  describe(`SKUs that look the same on different pages, on ${driver}`, () => {
    test('are one: the product that comes first has it, as on one page', async () => {
      await using bed = await bedOf(driver, firstPage + 40)
      await give(bed, { 1: composed, 2: ' B', 1001: decomposed, 1002: 'B', 1003: '  B', 1004: 'b' })
      const registered = await bed.register()

      await bed.copy(registered)

      const run = await bed.run(registered.runId)
      await using store = await bed.store(run.id)
      assert.deepEqual([run.state, run.copied, run.skipped], ['completed', firstPage + 37, 3])
      assert.deepEqual(await skusOf(store, [1, 2, 1001, 1002, 1003, 1004]), { 1: composed, 2: ' B', 1004: 'b' })
      assert.deepEqual(await reasonsOf(store, run.id), { 1001: 'sku_taken', 1002: 'sku_taken', 1003: 'sku_taken' })
      const verification = await verifyRun(bed, run)
      assert.deepEqual([verification?.missing, verification?.duplicated, verification?.altered], [0, 0, 0])
      assert.deepEqual((await bed.copyAgain(registered.companyId)).unchanged, firstPage + 37)
    })

    test('are told apart by a suffix where the distributor wants that, the same at each copy', async () => {
      await using bed = await bedOf(driver, firstPage + secondPage + 10)
      await bed.central
        .updateTable('tenants')
        .set({ copy_rules: JSON.stringify({ policies: { skuConflict: 'suffix' } }) })
        .execute()
      await give(bed, { 1: composed, 2: ' B-2', 1001: decomposed, 1002: 'B', 3001: ' B' })
      const registered = await bed.register()

      await bed.copy(registered)
      const again = await bed.copyAgain(registered.companyId)

      await using store = await bed.store(registered.runId)
      const skus = { 1: composed, 2: ' B-2', 1001: `${decomposed}-2`, 1002: 'B', 3001: 'B-3' }
      assert.deepEqual(await skusOf(store, [1, 2, 1001, 1002, 3_001]), skus)
      assert.equal(again.unchanged, firstPage + secondPage + 10)
    })

    test('are one for an attempt that goes on behind the first of them', async () => {
      await using bed = await bedOf(driver, firstPage + 10)
      await give(bed, { 1: decomposed, 1001: composed })
      const registered = await bed.register()
      const stop = () => Promise.reject(new Error('stopped'))
      await assert.rejects(bed.copy(registered, { renew: stop }), /stopped/)

      await bed.copy(registered)

      assert.equal((await bed.run(registered.runId)).skipped, 1)
    })

    test('are one for a new product and one that the store has, which keeps it; what a store has twice stays', async () => {
      await using bed = await bedOf(driver, firstPage + 10)
      await setActive(bed, [1], 0)
      await give(bed, { 1: 'B', 1001: ' B', 2: 'C', 1002: 'C-other' })
      const registered = await bed.register()
      await bed.copy(registered)
      await using store = await bed.store(registered.runId)
      await store.updateTable('tat_items').set({ sku: ' C' }).where('item_father_id', '=', 1002).execute()
      await give(bed, { 1002: ' C' })
      await setActive(bed, [1], 1)

      const run = await bed.copyAgain(registered.companyId)

      assert.deepEqual(await reasonsOf(store, run.id), { 1: 'sku_taken' })
      assert.deepEqual(await skusOf(store, [1, 2, 1001, 1002]), { 2: 'C', 1001: ' B', 1002: ' C' })
    })

    test('are one in a preview, which says what the publication does', async () => {
      await using bed = await bedOf(driver, 3)
      const registered = await bed.register()
      await bed.copy(registered)
      await bed.addProducts(5_000, 4)
      await give(bed, { 4: 'B', 5000: ' B' })

      const preview = await previewPublication(bed, bed.distributorId)
      await publish(bed, { distributorId: bed.distributorId, revision: preview.revision })
      await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

      assert.deepEqual([preview.sum.added, preview.sum.conflicts], [4_996, 1])
      await using store = await bed.store(registered.runId)
      assert.deepEqual(await skusOf(store, [4, 5_000]), { 4: 'B' })
    })

    test('cost nothing where no SKU is odd', async () => {
      await using bed = await bedOf(driver, firstPage + 10)
      await give(bed, { 1: composed })
      const registered = await bed.register()
      bed.statements.length = 0

      await bed.copy(registered)
      await bed.copyAgain(registered.companyId)

      const asked = bed.statements.filter((text) => /^select .item_father_id. as .id., .sku. from/.test(text))
      assert.deepEqual(asked, [])
    })
  })

async function bedOf(driver: BedDriver, products: number): Promise<TestBed> {
  const bed = await TestBed.open(driver)
  await bed.addProducts(products)
  return bed
}

async function give({ central }: TestBed, skus: Readonly<Record<number, string>>): Promise<void> {
  for (const [id, sku] of Object.entries(skus))
    await central.updateTable('inv_items').set({ sku }).where('id', '=', Number(id)).execute()
}

async function setActive({ central }: TestBed, ids: readonly number[], status: number): Promise<void> {
  await central.updateTable('inv_items').set({ status }).where('id', 'in', ids).execute()
}

async function skusOf(store: StoreDatabase, ids: readonly number[]): Promise<Readonly<Record<number, string>>> {
  const rows = await store
    .selectFrom('tat_items')
    .select(['item_father_id as id', 'sku'])
    .where('item_father_id', 'in', ids)
    .execute()
  return Object.fromEntries(rows.map(({ id, sku }) => [id, sku]))
}

async function reasonsOf(store: StoreDatabase, runId: number): Promise<Readonly<Record<number, string>>> {
  const rows = await store
    .selectFrom('copy_outcomes')
    .select(['source_item_id as id', 'reason'])
    .where('run_id', '=', runId)
    .execute()
  return Object.fromEntries(rows.map(({ id, reason }) => [id, reason]))
}
