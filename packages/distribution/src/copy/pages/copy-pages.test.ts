import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { bedDrivers } from '../../../test/support/bed-place.ts'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import { SharedMemory } from '../../sync/shared-memory.ts'
import { resumeRun } from '../runs/run-actions.ts'
import { startRun } from '../runs/runs.ts'
import { undoRun } from '../undo/undo-run.ts'
import { verifyRun } from '../verify/verify.ts'
import type { CopyMemory } from './copy-memory.ts'

test('what a run finds active again behind its snapshot stays for sale, however much it is', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(10)
  await sql`insert into inv_items (tenant_id, "categoryId", name, sku, "taxId")
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 20100)
    select ${bed.distributorId}, 1, 'Más ' || i, 'MAS-' || i, 1 from n`.execute(bed.central)
  const stocked = await bed.register()
  await bed.copy(stocked)
  const setStatus = (status: number) =>
    bed.central.updateTable('inv_items').set({ status }).where('id', '>', 10).execute()
  await setStatus(0)
  const { companyId } = stocked
  const again = await startRun(bed, companyId)

  await bed.copy({ runId: again.id, companyId }, { renew: async () => void (await setStatus(1)) })

  assert.equal((await bed.run(again.id)).total, 10)
  assert.deepEqual(await discontinuedIn(bed, stocked.runId), [])
})

for (const driver of bedDrivers) {
  test(`on ${driver} a first copy of a catalogue in which nothing changes meanwhile does not look back`, async () => {
    await using bed = await TestBed.open(driver, { memory: answersAtOnce() })
    await bed.addProducts(1_200)
    const store = await bed.register()

    await bed.copy(store)

    assert.deepEqual(bed.statements.filter(isLookBack), [])
    // The last page has closed the receipt: nothing was written to it but the two pages.
    assert.equal(bed.statements.filter((statement) => /^update [`"]copy_receipts/.test(statement)).length, 2)
    const { state, total, copied } = await bed.run(store.runId)
    assert.deepEqual([state, total, copied], ['completed', 1_200, 1_200])
  })

  test(`on ${driver} a later copy of a catalogue in which nothing changes meanwhile marks what is gone as it meets it`, async () => {
    await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
    await bed.addProducts(3_100)
    const stocked = await bed.register()
    await bed.copy(stocked)
    // Before the first page, in one, between two, and behind the last.
    const gone = [1, 2, 500, 1_004, 1_005, 3_099, 3_100]
    await bed.central.updateTable('inv_items').set({ status: 0 }).where('id', 'in', gone).execute()
    bed.statements.length = 0

    const run = await bed.copyAgain(stocked.companyId)

    assert.deepEqual(bed.statements.filter(isLookBack), [])
    assert.deepEqual(await discontinuedIn(bed, stocked.runId), gone)
    assert.deepEqual([run.state, run.total, run.unchanged], ['completed', 3_093, 3_093])
    const verified = await verifyRun(bed, run)
    assert.deepEqual([verified?.missing, verified?.duplicated, verified?.altered], [0, 0, 0])
  })

  test(`on ${driver} a later copy marks everything when the distributor sells nothing any more`, async () => {
    await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
    await bed.addProducts(3)
    const stocked = await bed.register()
    await bed.copy(stocked)
    await bed.central.updateTable('inv_items').set({ status: 0 }).execute()
    bed.statements.length = 0

    const { state, total } = await bed.copyAgain(stocked.companyId)

    assert.deepEqual(bed.statements.filter(isLookBack), [])
    assert.deepEqual([state, total], ['completed', 0])
    assert.deepEqual(await discontinuedIn(bed, stocked.runId), [1, 2, 3])
  })

  for (const [before, later] of [
    ['some products', 10],
    ['nothing', 0],
  ] as const)
    test(`on ${driver} a run that is resumed with a snapshot of ${before} leaves for sale what has come since`, async () => {
      await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
      await bed.addProducts(10)
      await bed.central.updateTable('inv_items').set({ status: 0 }).where('id', '>', later).execute()
      const first = await bed.register()
      await bed.copy(first)
      await undoRun(bed, first.runId)
      await bed.central.updateTable('inv_items').set({ status: 1 }).execute()
      await bed.addProducts(20, 11)
      const second = await bed.copyAgain(first.companyId)

      await resumeRun(bed, first.runId)
      await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

      const { state } = await bed.run(first.runId)
      assert.deepEqual([second.copied, state], [20, 'completed'])
      assert.deepEqual(await discontinuedIn(bed, first.runId), [])
    })

  test(`on ${driver} no product is read again after an attempt that died behind the last page`, async () => {
    await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
    await bed.addProducts(1_200)
    const store = await bed.register()
    let pages = 0
    const renew = async () => {
      pages += 1
      if (pages === 2) throw new Error('the power went out')
    }
    await assert.rejects(bed.copy(store, { renew }), /the power went out/)
    bed.statements.length = 0

    await bed.copy(store)

    assert.ok(!bed.statements.some((statement) => statement.includes('basePrice')))
    const { state, total, copied } = await bed.run(store.runId)
    assert.deepEqual([state, total, copied], ['completed', 1_200, 1_200])
  })

  test(`on ${driver} a first copy looks back at what has changed behind it`, async () => {
    await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
    await bed.addProducts(15_000)
    const store = await bed.register()
    const setStatus = (id: number, status: number) =>
      bed.central.updateTable('inv_items').set({ status }).where('id', '=', id).execute()
    await setStatus(5, 0)

    // As many as before are active: one comes back when its page has passed, another one goes.
    await bed.copy(store, { renew: async () => void (await Promise.all([setStatus(5, 1), setStatus(6, 0)])) })

    const verified = await verifyRun(bed, { id: store.runId, companyId: store.companyId })
    const found = verified && [verified.checked, verified.missing, verified.duplicated, verified.altered]
    assert.deepEqual(found, [14_999, 0, 0, 0])
    assert.ok(bed.statements.some(isLookBack))
  })
}

/** A memory that need not look to know that nothing has changed: how soon the databases answer decides nothing then. */
function answersAtOnce(): CopyMemory {
  const memory = new SharedMemory()
  return {
    begin: (central) => {
      const recalling = memory.begin(central)
      const isCatalogueSame = async () => true
      return { recall: async (copy) => ({ ...(await recalling.recall(copy)), isCatalogueSame }) }
    },
  }
}

/** Asks for all active ids of the catalogue. */
function isLookBack(statement: string): boolean {
  return /^select [`"]item[`"].[`"]id[`"] from/.test(statement)
}

async function discontinuedIn(bed: TestBed, runId: number): Promise<readonly number[]> {
  await using store = await bed.store(runId)
  const rows = await store
    .selectFrom('tat_items')
    .select('item_father_id as id')
    .where('source_state', '=', 'discontinued')
    .orderBy('item_father_id')
    .execute()
  return rows.map(({ id }) => id)
}
