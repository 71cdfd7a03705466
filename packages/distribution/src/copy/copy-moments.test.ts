import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { comesTrue } from '../../../queue/test/support/eventually.ts'
import { type BedDriver, bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { SharedMemory } from '../sync/shared-memory.ts'
import { cancelRun, pauseRun, resumeRun } from './runs/run-actions.ts'
import { startRun } from './runs/runs.ts'
import { undoRun } from './undo/undo-run.ts'
import { verifyRun } from './verify/verify.ts'

for (const driver of bedDrivers)
  describe(`on ${driver}, a copy`, () => {
    test('that begins anew with the snapshot of before brings what has come since', async () => {
      await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
      // Without the fifth they are one page.
      await bed.addProducts(1_001)
      await setItem(bed, 5, { status: 0 })
      const store = await bed.register()
      await bed.copy(store)
      await undoRun(bed, store.runId)
      await setItem(bed, 5, { status: 1 })
      await resumeRun(bed, store.runId)

      await bed.copy(store)

      const { state, total, copied } = await bed.run(store.runId)
      assert.deepEqual([state, total, copied], ['completed', 1_001, 1_001])
      assert.equal(await inStore(bed, store.runId, 5), 'Producto 5')
    })

    test('that was paused under its last page looks back when it is resumed', async () => {
      await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
      await bed.addProducts(30)
      await setItem(bed, 5, { status: 0 })
      const store = await bed.register()
      await bed.copy(store, { renew: () => pauseRun(bed.central, store.runId).then(() => undefined) })
      assert.equal((await bed.run(store.runId)).state, 'paused')
      await setItem(bed, 5, { status: 1 })
      await setItem(bed, 6, { status: 0 })
      await resumeRun(bed, store.runId)

      await bed.copy(store)

      assert.equal((await bed.run(store.runId)).state, 'completed')
      await using rows = await bed.store(store.runId)
      const found = await rows
        .selectFrom('tat_items')
        .select(['item_father_id as id', 'source_state as state'])
        .where('item_father_id', 'in', [5, 6])
        .orderBy('item_father_id')
        .execute()
      assert.deepEqual(
        found.map(({ id, state }) => [id, state]),
        [
          [5, 'active'],
          [6, 'discontinued'],
        ],
      )
    })

    test('that was paused has what comes back meanwhile, though an earlier copy has left it in the store', async () => {
      await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
      await bed.addProducts(30)
      const store = await bed.register()
      await bed.copy(store)
      await setItem(bed, 5, { status: 0 })
      await bed.copyAgain(store.companyId)
      await setItem(bed, 7, { status: 0 })
      const { id } = await startRun(bed, store.companyId)
      const run = { runId: id, companyId: store.companyId }
      await bed.copy(run, { renew: () => pauseRun(bed.central, id).then(() => undefined) })
      assert.deepEqual([(await bed.run(id)).state, (await bed.run(id)).total], ['paused', 28])
      await setItem(bed, 5, { status: 1, name: 'Otro nombre' })
      await setItem(bed, 7, { status: 1 })
      await resumeRun(bed, id)

      await bed.copy(run)

      const { state, total, processed, updated, unchanged } = await bed.run(id)
      assert.deepEqual([state, total, processed, updated, unchanged], ['completed', 30, 30, 1, 29])
      assert.equal(await inStore(bed, id, 5), 'Otro nombre')
      const verified = await verifyRun(bed, { id, companyId: store.companyId })
      assert.deepEqual([verified?.checked, verified?.missing, verified?.altered], [30, 0, 0])
    })

    test('that is cancelled while it waits for its store writes nothing there', async () => {
      await using bed = await TestBed.open(driver, { memory: new SharedMemory(), mostOpen: 1 })
      await bed.addProducts(20)
      const { companyId, runId } = await bed.register()
      await bed.copy({ companyId, runId })
      const { id } = await startRun(bed, companyId)
      const other = await bed.store(runId)
      const copying = bed.copy({ runId: id, companyId })
      assert.ok(await comesTrue(async () => (await bed.run(id)).state === 'running', 20))
      await cancelRun(bed.central, id)
      await other.destroy()
      await copying
      await setItem(bed, 5, { name: 'Otro nombre' })
      await resumeRun(bed, id)

      await bed.copy({ runId: id, companyId })

      assert.equal((await bed.run(id)).state, 'completed')
      assert.equal(await inStore(bed, runId, 5), 'Otro nombre')
    })

    test('that has nothing to do needs no place among the open databases', async () => {
      await using bed = await TestBed.open(driver, { mostOpen: 1 })
      await bed.addProducts(20)
      const { companyId, runId } = await bed.register()
      await bed.copy({ companyId, runId })
      const { id } = await startRun(bed, companyId)
      await pauseRun(bed.central, id)
      await using _other = await bed.store(runId)

      await bed.copy({ runId: id, companyId })

      assert.equal((await bed.run(id)).state, 'paused')
    })
  })

// A file is read through the connection over which the run is claimed: nothing comes in between.
for (const driver of bedDrivers.filter((each) => each !== 'sqlite'))
  for (const [title, memoryOf] of [
    ['with a memory', () => new SharedMemory()],
    ['without one', () => undefined],
  ] as const)
    describe(`on ${driver}, ${title}, a copy brings what was changed before it could claim its run`, () => {
      test('into a store that has nothing yet', async () => {
        await using bed = await bedWith(driver, memoryOf())
        // What another copy has read is kept.
        await bed.copy(await bed.register())
        const store = await bed.register()

        await bringsWhatCameBefore(bed, store)
      })

      test('into one that has everything', async () => {
        await using bed = await bedWith(driver, memoryOf())
        const { companyId, runId } = await bed.register()
        await bed.copy({ companyId, runId })
        const { id } = await startRun(bed, companyId)

        await bringsWhatCameBefore(bed, { companyId, runId: id })
      })
    })

async function bedWith(driver: BedDriver, memory: SharedMemory | undefined): Promise<TestBed> {
  const bed = await TestBed.open(driver, memory ? { memory } : {})
  await bed.addProducts(20)
  return bed
}

async function bringsWhatCameBefore(bed: TestBed, run: { readonly companyId: number; readonly runId: number }) {
  const [locked, changed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = bed.central.transaction().execute(async (trx) => {
    await trx.selectFrom('copy_runs').select('id').where('id', '=', run.runId).forUpdate().execute()
    locked.resolve()
    await changed.promise
  })
  await locked.promise
  bed.statements.length = 0
  const copying = bed.copy(run)
  // All that is asked for before the claim is answered.
  const hasLooked = () =>
    ['inv_items', 'copy_rules', 'original_layout'].every((part) => bed.statements.some((text) => text.includes(part)))
  assert.ok(await comesTrue(hasLooked, 20))
  assert.equal((await bed.run(run.runId)).state, 'pending')
  await setItem(bed, 5, { name: 'Otro nombre' })
  await bed.addProducts(25, 21)
  changed.resolve()
  await holding
  await copying

  const { state, total } = await bed.run(run.runId)
  assert.deepEqual([state, total], ['completed', 25])
  assert.equal(await inStore(bed, run.runId, 5), 'Otro nombre')
}

async function setItem(bed: TestBed, id: number, change: { status?: number; name?: string }): Promise<void> {
  await bed.central.updateTable('inv_items').set(change).where('id', '=', id).execute()
}

/** The name of a copied product. */
async function inStore(bed: TestBed, runId: number, id: number): Promise<string | undefined> {
  await using store = await bed.store(runId)
  const row = await store.selectFrom('tat_items').select('name').where('item_father_id', '=', id).executeTakeFirst()
  return row?.name
}
