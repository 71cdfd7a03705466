import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DuplicateStoreError, registerStore } from '../../src/companies/register-store.ts'
import { listStores } from '../../src/companies/stores.ts'
import { listStoreProducts } from '../../src/copy/store-products.ts'
import { verifyRun } from '../../src/copy/verify.ts'
import { bedDrivers } from '../support/bed-place.ts'
import { storeForm, TestBed } from '../support/copy-test-bed.ts'

for (const driver of bedDrivers)
  describe(`the application on ${driver}`, () => {
    test('registers a store, copies the catalogue through the queue, and finds what it copied', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(1_250)
      const { runId, companyId } = await bed.register()

      await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

      const { state, total, copied, error } = await bed.run(runId)
      assert.deepEqual(
        { state, total, copied, error },
        { state: 'completed', total: 1_250, copied: 1_250, error: null },
      )
      const verified = await verifyRun(bed, await bed.run(runId))
      assert.deepEqual(
        [verified?.checked, verified?.missing, verified?.duplicated, verified?.altered],
        [1_250, 0, 0, 0],
      )
      await using store = await bed.store(runId)
      const [found] = await listStoreProducts(store, { companyId, limit: 2, search: 'PRODUCTO 1250' })
      assert.deepEqual([found?.sku, found?.price, found?.stock], ['SKU-1250', 19_300, 0])
    })

    test('writes no product again when the catalogue is the same', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(40)
      const registered = await bed.register()
      await bed.copy(registered)
      await using store = await bed.store(registered.runId)
      const before = await store.selectFrom('tat_items').selectAll().orderBy('id').execute()

      const again = await bed.copyAgain(registered.companyId)

      assert.deepEqual([again.copied, again.updated, again.unchanged], [0, 0, 40])
      assert.deepEqual(await store.selectFrom('tat_items').selectAll().orderBy('id').execute(), before)
    })

    test('makes one store of twenty registrations at the same time', async () => {
      await using bed = await TestBed.open(driver)
      const form = storeForm(900_100)

      const answers = await Promise.allSettled(
        Array.from({ length: 20 }, () => registerStore(bed, { form, distributorId: bed.distributorId })),
      )

      const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
      assert.deepEqual([refused.length, refused.every((reason) => reason instanceof DuplicateStoreError)], [19, true])
      assert.equal((await listStores(bed.central, { limit: 5 })).length, 1)
      assert.equal((await bed.queue.jobs()).length, 1)
    })
  })
