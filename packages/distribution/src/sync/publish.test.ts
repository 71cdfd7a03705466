import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { readBatch } from './batches.ts'
import { previewPublication } from './preview.ts'
import { BatchActiveError, NothingToPublishError, publish } from './publish.ts'
import { SharedMemory } from './shared-memory.ts'
import { setStoreEnabled } from './sync-settings.ts'

for (const driver of bedDrivers)
  describe(`a publication on ${driver}`, () => {
    test('says before anything is written what it would do in each store, and does just that', async () => {
      await using campaign = await twoStores(driver)
      const { bed, stores } = campaign
      await changeCatalogue(bed)
      await giveSkuToStore(bed, stores[1], 'SKU-21')
      bed.statements.length = 0

      const preview = await previewPublication(bed, bed.distributorId)

      assert.deepEqual(writes(bed.statements), [])
      assert.deepEqual(
        preview.stores.map(({ added, changed, same, discontinued, conflicts }) => [
          added,
          changed,
          same,
          discontinued,
          conflicts,
        ]),
        [
          [2, 3, 14, 3, 0],
          [1, 3, 14, 3, 1],
        ],
      )
      assert.deepEqual(preview.sum, { added: 3, changed: 6, same: 28, discontinued: 6, conflicts: 1 })

      const { id } = await publish(bed, { distributorId: bed.distributorId, revision: preview.revision })
      await work(bed)

      const done = await campaign.batch(id)
      assert.deepEqual([done.state, done.percent, done.ended, done.counts], ['completed', 100, 2, { completed: 2 }])
      assert.deepEqual(
        done.stores.map(({ written, total }) => [written, total]),
        [
          [5, 19],
          [4, 19],
        ],
      )
      assert.deepEqual((await previewPublication(bed, bed.distributorId)).sum, {
        added: 0,
        changed: 0,
        same: 37,
        discontinued: 0,
        conflicts: 1,
      })
    })

    test('is the same for the same catalogue where its changes are not recorded, and another for another', async () => {
      await using campaign = await twoStores(driver)
      const { bed } = campaign
      await sql
        .raw(`drop trigger surtidor_inv_values_update${driver === 'postgres' ? ' on inv_values' : ''}`)
        .execute(bed.central)
      await changeCatalogue(bed)

      const [one, two] = [
        await previewPublication(bed, bed.distributorId),
        await previewPublication(bed, bed.distributorId),
      ]
      await bed.central.updateTable('inv_values').set({ values: 7_777 }).where('itemId', '=', 9).execute()
      const other = await previewPublication(bed, bed.distributorId)
      const first = await publish(bed, { distributorId: bed.distributorId, revision: one.revision })
      const again = await publish(bed, { distributorId: bed.distributorId, revision: two.revision })

      assert.deepEqual(two, one)
      assert.notEqual(other.revision, one.revision)
      assert.equal(again.id, first.id)
    })

    test('a second one without changes writes no product, and reads none', async () => {
      await using campaign = await twoStores(driver)
      const { bed } = campaign
      const { revision } = await previewPublication(bed, bed.distributorId)
      await publish(bed, { distributorId: bed.distributorId, revision })
      await work(bed)
      const before = await campaign.products()
      bed.statements.length = 0

      const { id } = await publish(bed, { distributorId: bed.distributorId, revision })
      await work(bed)

      const { state, counts, stores } = await campaign.batch(id)
      assert.deepEqual([state, counts, stores.map(({ written }) => written)], ['completed', { completed: 2 }, [0, 0]])
      assert.deepEqual(productWrites(bed.statements), [])
      assert.deepEqual(
        bed.statements.filter((text) => /inv_items.*left join.*inv_categories/s.test(text)),
        [],
      )
      assert.deepEqual(await campaign.products(), before)
    })

    test('whoever asks twice gets one batch, and another catalogue waits for its end', async () => {
      await using campaign = await twoStores(driver)
      const { bed } = campaign
      const { revision } = await previewPublication(bed, bed.distributorId)
      const publication = { distributorId: bed.distributorId, revision }

      const asked = await Promise.all([publish(bed, publication), publish(bed, publication)])

      assert.equal(asked[0].id, asked[1].id)
      assert.equal((await bed.queue.jobs()).length, 2)
      await assert.rejects(publish(bed, { ...publication, revision: 'other' }), BatchActiveError)
    })

    test('leaves out stores that do not take part', async () => {
      await using campaign = await twoStores(driver)
      const { bed, stores } = campaign
      await setStoreEnabled(bed.central, stores[0].companyId, false)

      const preview = await previewPublication(bed, bed.distributorId)
      const batch = await publish(bed, { distributorId: bed.distributorId, revision: preview.revision })

      assert.deepEqual(
        [preview.stores, batch.stores].map((each) => each.map(({ companyId }) => companyId)),
        [[stores[1].companyId], [stores[1].companyId]],
      )
      await work(bed)
      await setStoreEnabled(bed.central, stores[1].companyId, false)
      await assert.rejects(publish(bed, { distributorId: bed.distributorId, revision: 'x' }), NothingToPublishError)
    })
  })

interface Stocked {
  readonly companyId: number
  readonly runId: number
}

async function twoStores(driver: (typeof bedDrivers)[number]) {
  const bed = await TestBed.open(driver, { memory: new SharedMemory() })
  await bed.addProducts(20)
  const stores: [Stocked, Stocked] = [await stock(bed), await stock(bed)]
  return {
    bed,
    stores,
    batch: (id: number) => readBatch(bed.central, id),
    products: async () => {
      const found = []
      for (const { runId } of stores) {
        await using store = await bed.store(runId)
        found.push(await store.selectFrom('tat_items').selectAll().orderBy('id').execute())
      }
      return found
    },
    [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose](),
  }
}

async function stock(bed: TestBed): Promise<Stocked> {
  const registered = await bed.register()
  await work(bed)
  return registered
}

async function work(bed: TestBed): Promise<void> {
  await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()
}

/** Three prices, two new products, three that are sold no more. */
async function changeCatalogue(bed: TestBed): Promise<void> {
  await sql`update inv_values set "values" = 9000 where "itemId" in (1, 2, 3)`.execute(bed.central)
  await sql`update inv_items set status = 0 where id in (18, 19, 20)`.execute(bed.central)
  await bed.addProducts(22, 21)
}

async function giveSkuToStore(bed: TestBed, { runId }: Stocked, sku: string): Promise<void> {
  await using store = await bed.store(runId)
  await sql`update tat_items set sku = ${sku} where own_sku = 'GENERICO'`.execute(store)
}

function writes(statements: readonly string[]): readonly string[] {
  return statements.filter((text) => !/^\s*(select|with)/.test(text))
}

/** All but the store's own GENERICO, which is there to stay. */
function productWrites(statements: readonly string[]): readonly string[] {
  return writes(statements).filter(
    (text) => /["`]?tat_/.test(text) && !text.startsWith('insert into "tat_items" ("company_id"'),
  )
}
