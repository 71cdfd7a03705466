import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { addProducts } from '../../test/support/added-products.ts'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { dateOf } from '../database/utc-text.ts'
import { type BatchProgress, readBatch } from './batches.ts'
import { publish } from './publish.ts'
import { SharedMemory } from './shared-memory.ts'

const campaignStores = 60

for (const driver of bedDrivers)
  describe(`a campaign of many stores on ${driver}`, () => {
    test('keeps to its limit, and a store of another distributor does not wait for its end', async () => {
      await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
      await bed.addProducts(5)
      await registerStores(bed, campaignStores)
      const other = await addDistributor(bed)
      const { id } = await publish(bed, { distributorId: bed.distributorId, revision: 'r' })
      const seen: Sample[] = []
      let newcomer: number | undefined
      await using _looking = whileOpen(async () => {
        const batch = await readBatch(bed.central, id)
        if (newcomer === undefined && batch.ended >= 10) newcomer = (await bed.register(other)).runId
        seen.push({ ended: batch.ended, atWork: atWork(batch), hasStarted: await hasStarted(bed, newcomer) })
      })

      await bed.queue.worker({ memory: 0, concurrency: 4, stopWhenEmpty: true }).run()

      const batch = await readBatch(bed.central, id)
      assert.deepEqual([batch.state, batch.ended, batch.percent], ['completed', campaignStores, 100])
      assert.deepEqual([...new Set(seen.map((sample) => sample.atWork > 4))], [false])
      const start = seen.find((sample) => sample.hasStarted)
      assert.ok(start && start.ended < campaignStores / 2, `it started after ${start?.ended}`)
      assert.equal((await bed.run(newcomer ?? 0)).state, 'completed')
    })

    test('has one runner begin a store of another distributor after four copies at the most, and do nothing else until its end', async () => {
      await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
      await bed.addProducts(5)
      await registerStores(bed, 20)
      const other = await addDistributor(bed)
      await addProducts(bed.central, other, { first: 1, last: 3_100 })
      await publish(bed, { distributorId: bed.distributorId, revision: 'r' })
      const newcomer = await bed.register(other)
      bed.logged.length = 0

      await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

      const at = (event: string) => bed.logged.findIndex((line) => line.event === event && line.run === newcomer.runId)
      const events = (from: number, to: number) => bed.logged.slice(from, to).map(({ event, run }) => [event, run])
      const startsBefore = events(0, at('started')).filter(([event]) => event === 'started')
      assert.ok(startsBefore.length <= 4, `runs ${startsBefore.map(([, run]) => run).join()} began before it`)
      const meanwhile = events(at('started') + 1, at('finished'))
      assert.ok(meanwhile.length > 1)
      assert.deepEqual([...new Set(meanwhile.map(([, run]) => run))], [newcomer.runId])
      const { createdAt, startedAt, copied } = await bed.run(newcomer.runId)
      assert.ok(dateOf(startedAt ?? '').getTime() - dateOf(createdAt).getTime() < 5_000, `${createdAt} ${startedAt}`)
      assert.equal(copied, 3_100)
    })
  })

interface Sample {
  readonly ended: number
  readonly atWork: number
  /** Of the store that came in the middle. */
  readonly hasStarted: boolean
}

function atWork({ counts }: BatchProgress): number {
  return (counts.pending ?? 0) + (counts.running ?? 0)
}

async function hasStarted(bed: TestBed, runId: number | undefined): Promise<boolean> {
  return runId !== undefined && (await bed.run(runId)).startedAt !== null
}

/** Looks again and again until it is disposed of. */
function whileOpen(look: () => Promise<void>): AsyncDisposable {
  let isOpen = true
  const looking = (async () => {
    while (isOpen) {
      await look()
      await wait(2)
    }
  })()
  return {
    [Symbol.asyncDispose]: async () => {
      isOpen = false
      await looking
    },
  }
}

/** Stores whose databases are only said to be there: their copies make them. */
async function registerStores(bed: TestBed, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) await bed.register()
  await bed.queue.clear()
  await bed.central.updateTable('copy_runs').set({ state: 'failed' }).execute()
  await bed.central.updateTable('tenants').set({ database_setup: 1 }).where('kind', '=', 'store').execute()
}

async function addDistributor(bed: TestBed): Promise<string> {
  const id = randomUUID()
  await bed.central
    .insertInto('tenants')
    .values({ id, kind: 'distributor', name: 'Otra' } as never)
    .execute()
  return id
}
