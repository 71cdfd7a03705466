import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { type BedDriver, bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { readClock } from '../database/sql.ts'
import { dateOf, utcText } from '../database/utc-text.ts'
import { publishWhatRests } from './automatic-publication.ts'
import { listBatches, readBatch } from './batches.ts'
import { publish } from './publish.ts'
import { setAutomatic } from './sync-settings.ts'

for (const driver of bedDrivers)
  describe(`a catalogue that publishes itself on ${driver}`, () => {
    test('does so once, five minutes after the last of many changes', async () => {
      await using bed = await stockedBed(driver)
      await setAutomatic(bed.central, bed.distributorId, true)
      const looks: number[] = []

      for (const price of [7_000, 8_000, 9_000]) {
        await sql`update inv_values set "values" = ${price} where "itemId" = 1`.execute(bed.central)
        looks.push(await publishWhatRests(bed))
        await passSeconds(bed, 200)
      }
      const early = await publishWhatRests(bed)
      await passSeconds(bed, 200)
      const due = await publishWhatRests(bed)
      await work(bed)
      await passSeconds(bed, 400)
      const later = await publishWhatRests(bed)

      assert.deepEqual([looks, early, due, later], [[0, 0, 0], 0, 1, 0])
      const batches = await listBatches(bed.central, { limit: 9 })
      assert.equal(batches.length, 1)
      const { state, stores } = await readBatch(bed.central, batches[0]?.id ?? 0)
      assert.deepEqual([state, stores.map(({ written }) => written)], ['completed', [1, 1]])
    })

    test('never does while its changes are not recorded', async () => {
      await using bed = await stockedBed(driver)
      await setAutomatic(bed.central, bed.distributorId, true)
      await sql
        .raw(`drop trigger surtidor_inv_values_update${driver === 'postgres' ? ' on inv_values' : ''}`)
        .execute(bed.central)

      const published: number[] = []
      for (let look = 0; look < 3; look += 1) {
        published.push(await publishWhatRests(bed))
        await passSeconds(bed, 400)
      }

      assert.deepEqual(published, [0, 0, 0])
    })

    test('waits for the end of a publication that is under way', async () => {
      await using bed = await stockedBed(driver)
      await setAutomatic(bed.central, bed.distributorId, true)
      await publish(bed, { distributorId: bed.distributorId, revision: 'another' })
      await publishWhatRests(bed)
      await passSeconds(bed, 400)

      const meanwhile = await publishWhatRests(bed)
      await work(bed)
      const afterwards = await publishWhatRests(bed)

      assert.deepEqual([meanwhile, afterwards], [0, 1])
    })

    test('is for who has asked for it, and has stores and rules that can be understood', async () => {
      await using bed = await stockedBed(driver)
      await setAutomatic(bed.central, bed.distributorId, true)
      await setAutomatic(bed.central, bed.distributorId, false)
      const alone = await bed.addDistributor()
      await setAutomatic(bed.central, alone, true)
      await publishWhatRests(bed)
      await passSeconds(bed, 400)

      const withoutStores = await publishWhatRests(bed)
      await bed.central.updateTable('tenants').set({ copy_rules: '{"strategy":1}' }).where('id', '=', alone).execute()
      const withoutRules = await publishWhatRests(bed)

      assert.deepEqual([withoutStores, withoutRules], [0, 0])
      assert.deepEqual(await listBatches(bed.central, { limit: 9 }), [])
    })
  })

/** Two stores with what the distributor has. */
async function stockedBed(driver: BedDriver): Promise<TestBed> {
  const bed = await TestBed.open(driver)
  await bed.addProducts(3)
  await bed.register()
  await bed.register()
  await work(bed)
  return bed
}

async function work(bed: TestBed): Promise<void> {
  await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()
}

/** As if the last look had been so much earlier. */
async function passSeconds({ central }: TestBed, seconds: number): Promise<void> {
  const rows = await central.selectFrom('sync_settings').select(['tenant_id', 'seen_at']).execute()
  for (const { tenant_id, seen_at } of rows) {
    const since = dateOf(seen_at ?? (await readClock(central))).getTime() - seconds * 1_000
    const earlier = utcText(new Date(since))
    await central.updateTable('sync_settings').set({ seen_at: earlier }).where('tenant_id', '=', tenant_id).execute()
  }
}
