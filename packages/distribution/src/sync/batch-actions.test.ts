import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { type BedOptions, silentSettings, TestBed } from '../../test/support/copy-test-bed.ts'
import { startRun } from '../copy/runs/runs.ts'
import {
  BatchEndedError,
  BatchStoreEndedError,
  cancelBatch,
  cancelBatchStore,
  pauseBatch,
  resumeBatch,
  UnknownBatchStoreError,
} from './batch-actions.ts'
import { type BatchStore, readBatch, UnknownBatchError } from './batches.ts'
import { continueBatch } from './continue-batches.ts'
import { publish } from './publish.ts'
import { reconcileBatches } from './reconcile.ts'
import { InvalidConcurrencyError, setConcurrency } from './sync-settings.ts'

for (const driver of bedDrivers)
  describe(`a batch on ${driver}`, () => {
    test('dispatches nothing while it is paused, and goes on when it is resumed', async () => {
      await using campaign = await newCampaign(driver)
      const { bed, id, work } = campaign

      await pauseBatch(bed, id)
      await work()
      const paused = await readBatch(bed.central, id)
      const resumed = await resumeBatch(bed, id)
      await work()

      assert.deepEqual([paused.state, paused.counts, paused.percent], ['paused', { paused: 2, waiting: 3 }, 0])
      assert.deepEqual([resumed.state, resumed.counts], ['running', { pending: 2, waiting: 3 }])
      const done = await readBatch(bed.central, id)
      assert.deepEqual([done.state, done.counts, done.finishedAt === null], ['completed', { completed: 5 }, false])
      await assert.rejects(pauseBatch(bed, id), BatchEndedError)
    })

    test('pauses the copies at work after their page, and each goes on there when it is resumed', async () => {
      await using campaign = await newCampaign(driver, addPages)
      const { bed, id, work } = campaign
      const [first] = (await readBatch(bed.central, id)).stores
      const copied = { companyId: first?.companyId ?? 0, runId: first?.runId ?? 0 }

      await bed.copy(copied, { renew: onPage(bed, 1, () => pauseBatch(bed, id)) })
      const paused = await readBatch(bed.central, id)
      await Promise.all([resumeBatch(bed, id), resumeBatch(bed, id)])
      bed.logged.length = 0
      await work()

      assert.deepEqual(paused.counts, { paused: 2, waiting: 3 })
      assert.ok(isPart(paused.stores[0]))
      const pages = bed.logged.filter(({ event, run }) => event === 'page' && run === copied.runId)
      assert.equal(pages[0]?.page, 2)
      assert.deepEqual((await readBatch(bed.central, id)).counts, { completed: 5 })
    })

    test('stops the copy at work of a store that is cancelled after its page, and copies the others', async () => {
      await using campaign = await newCampaign(driver, addPages)
      const { bed, id, work } = campaign
      const [first] = (await readBatch(bed.central, id)).stores
      const copied = { companyId: first?.companyId ?? 0, runId: first?.runId ?? 0 }

      await bed.copy(copied, { renew: onPage(bed, 1, () => cancelBatchStore(bed, id, copied.companyId)) })
      await work()

      const done = await readBatch(bed.central, id)
      assert.ok(done.stores[0]?.state === 'cancelled' && isPart(done.stores[0]))
      assert.deepEqual([done.state, done.counts], ['completed', { cancelled: 1, completed: 4 }])
    })

    test('leaves out a store that is cancelled, and copies the others', async () => {
      await using campaign = await newCampaign(driver)
      const { bed, id, work, companies } = campaign
      const [first = 0, , , fourth = 0] = companies

      await cancelBatchStore(bed, id, fourth)
      await cancelBatchStore(bed, id, fourth)
      await cancelBatchStore(bed, id, first)
      await assert.rejects(cancelBatchStore(bed, id, 999), UnknownBatchStoreError)
      await work()

      const done = await readBatch(bed.central, id)
      assert.deepEqual([done.state, done.counts], ['completed', { completed: 3, cancelled: 2 }])
      await assert.rejects(cancelBatchStore(bed, id, companies[1] ?? 0), BatchStoreEndedError)
    })

    test('ends when it is cancelled, with the copies that are on their way', async () => {
      await using campaign = await newCampaign(driver)
      const { bed, id, work } = campaign

      await cancelBatch(bed, id)
      await work()

      const done = await readBatch(bed.central, id)
      assert.deepEqual([done.state, done.counts], ['cancelled', { cancelled: 5 }])
      await assert.rejects(resumeBatch(bed, id), BatchEndedError)
      await assert.rejects(readBatch(bed.central, 99), UnknownBatchError)
    })

    test('goes on after jobs were lost: their stores have failed, and take no place', async () => {
      await using campaign = await newCampaign(driver)
      const { bed, id, work } = campaign
      await bed.queue.clear()

      const first = await reconcileBatches(bed)
      const again = await reconcileBatches(bed)
      await work()

      assert.deepEqual(
        [first, again],
        [
          { lost: 2, dispatched: 2 },
          { lost: 0, dispatched: 0 },
        ],
      )
      const done = await readBatch(bed.central, id)
      assert.deepEqual([done.state, done.counts], ['completed_with_errors', { failed: 2, completed: 3 }])
    })

    test('goes on when a worker has died between the end of a copy and the dispatch of the next', async () => {
      await using campaign = await newCampaign(driver)
      const { bed, id, work } = campaign
      const started = (await readBatch(bed.central, id)).stores.slice(0, 2)

      for (const { companyId, runId } of started) await bed.copy({ companyId, runId: runId ?? 0 })
      const dead = await readBatch(bed.central, id)
      await work()

      assert.deepEqual(dead.counts, { completed: 2, waiting: 3 })
      assert.deepEqual((await readBatch(bed.central, id)).counts, { completed: 5 })
    })

    test('goes on after the copy of a store whose company was deleted meanwhile', async () => {
      await using campaign = await newCampaign(driver)
      const { bed, id, work, companies } = campaign
      await bed.central
        .updateTable('vnt_companies')
        .set({ deleted_at: '2026-11-01 10:00:00' })
        .where('id', 'in', companies.slice(0, 2))
        .execute()

      await work()

      const done = await readBatch(bed.central, id)
      assert.deepEqual([done.state, done.counts], ['completed_with_errors', { failed: 2, completed: 3 }])
    })

    test('fills each free place once, whoever looks at the same time', async () => {
      await using campaign = await newCampaign(driver)
      const { bed, id } = campaign
      await setConcurrency(bed.central, bed.distributorId, 3)

      const filled = await Promise.all([1, 2, 3, 4].map(() => continueBatch(bed, bed.distributorId)))

      assert.equal(
        filled.reduce((sum, count) => sum + count, 0),
        1,
      )
      assert.deepEqual((await readBatch(bed.central, id)).counts, { pending: 3, waiting: 2 })
      assert.equal((await bed.queue.jobs()).length, 3)
    })

    test('gives a store that is copied for another reason its turn afterwards', async () => {
      await using campaign = await newCampaign(driver, async (bed, companies) => {
        await startRun(bed, companies[0] ?? 0)
      })
      const { bed, id, work, companies } = campaign

      const before = await readBatch(bed.central, id)
      await work()

      assert.deepEqual(
        before.stores.map(({ state }) => state),
        ['waiting', 'pending', 'pending', 'waiting', 'waiting'],
      )
      const done = await readBatch(bed.central, id)
      assert.deepEqual([done.state, done.counts], ['completed', { completed: 5 }])
      assert.equal(await runsOf(bed, companies[0] ?? 0), 3)
    })
  })

test('a limit is a whole number of stores', async () => {
  await using bed = await TestBed.open()

  for (const wrong of [0, -1, 1.5, 65])
    await assert.rejects(setConcurrency(bed.central, bed.distributorId, wrong), InvalidConcurrencyError)
})

for (const [what, end] of Object.entries({
  'a batch that is cancelled while it is paused': async ({ bed, id, work }: Campaign) => {
    await pauseBatch(bed, id)
    await work()
    await cancelBatch(bed, id)
  },
  'a store that is cancelled in a batch that is paused': async ({ bed, id, work, companies }: Campaign) => {
    await pauseBatch(bed, id)
    await work()
    await cancelBatchStore(bed, id, companies[0] ?? 0)
  },
  'a batch whose jobs are gone from the queue': async ({ bed, id }: Campaign) => {
    await setConcurrency(bed.central, bed.distributorId, 5)
    await continueBatch(bed, bed.distributorId)
    await bed.queue.clear()
    await reconcileBatches(bed)
    assert.deepEqual((await readBatch(bed.central, id)).counts, { failed: 5 })
  },
}))
  test(`${what} has its messages sent without waiting for others`, async () => {
    await using campaign = await newCampaign('sqlite', undefined, { notifications: silentSettings })
    const { bed, work } = campaign

    await end(campaign)
    await work()

    const messages = await bed.central
      .selectFrom('notification_outbox')
      .select('state')
      .where('kind', 'in', ['copy_cancelled', 'copy_failed'])
      .where('channel', '=', 'email')
      .execute()
    assert.ok(messages.length > 0)
    assert.deepEqual(new Set(messages.map(({ state }) => state)), new Set(['sent']))
  })

type Campaign = Awaited<ReturnType<typeof newCampaign>>

/** Five stores, two at a time. */
async function newCampaign(
  driver: (typeof bedDrivers)[number],
  before: (bed: TestBed, companies: readonly number[]) => Promise<void> = async () => undefined,
  options: BedOptions = {},
) {
  const bed = await TestBed.open(driver, options)
  await bed.addProducts(3)
  const companies: number[] = []
  for (let number = 1; number <= 5; number += 1) companies.push((await bed.register()).companyId)
  const work = async () => {
    await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()
  }
  await work()
  await setConcurrency(bed.central, bed.distributorId, 2)
  await before(bed, companies)
  const { id } = await publish(bed, { distributorId: bed.distributorId, revision: 'r' })
  return { bed, id, work, companies, [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose]() }
}

/** So many that a copy has several pages. */
function addPages(bed: TestBed): Promise<void> {
  return bed.addProducts(2_100, 4)
}

/** Of the products of one store. */
function isPart(store: BatchStore | undefined): boolean {
  return store !== undefined && store.processed > 0 && store.processed < (store.total ?? 0)
}

function onPage(bed: TestBed, page: number, act: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    if (bed.logged.at(-1)?.page === page) await act()
  }
}

async function runsOf(bed: TestBed, companyId: number): Promise<number> {
  const rows = await bed.central.selectFrom('copy_runs').select('id').where('company_id', '=', companyId).execute()
  return rows.length
}
