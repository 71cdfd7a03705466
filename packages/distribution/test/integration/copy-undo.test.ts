import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { sql, type Updateable } from 'kysely'
import { comesTrue } from '../../../queue/test/support/eventually.ts'
import { cancelRun, pauseRun, resumeRun } from '../../src/copy/runs/run-actions.ts'
import { RunMoveRefusedError, StoreHasActiveRunError, UndoOvertakenError } from '../../src/copy/runs/run-errors.ts'
import { insertRun, startRun } from '../../src/copy/runs/runs.ts'
import { claimForUndo, undoPage } from '../../src/copy/undo/undo-page.ts'
import { previewUndo, undoRun } from '../../src/copy/undo/undo-run.ts'
import { verifyRun } from '../../src/copy/verify/verify.ts'
import type { StoreItemsTable } from '../../src/database/store-tables.ts'
import { bedDrivers } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'

/** What the store did to its products with these numbers, and why they stay. */
const edits: readonly (readonly [sourceId: number, edit: Updateable<StoreItemsTable>, reason: string])[] = [
  [1, { stock: 3 }, 'in_stock'],
  [2, { price_mode: 'manual', price: 9_000 }, 'own_price'],
  [3, { locked_fields: 'name' }, 'locked'],
  [4, { hidden_at: '2026-11-01 10:00:00' }, 'hidden'],
  [5, { deleted_at: '2026-11-01 10:00:00' }, 'deleted'],
  [6, { name: 'Otro nombre' }, 'edited'],
  [7, { price: 1 }, 'edited'],
  [8, { taxId: null }, 'edited'],
  [9, { content_hash: null }, 'edited'],
]

for (const driver of bedDrivers)
  describe(`undoing a copy on ${driver}`, () => {
    test('removes what the run brought and nobody touched, and counts what stays by reason', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(2_300)
      const { runId, companyId } = await bed.register()
      await bed.copy({ runId, companyId })
      await edit(bed, runId)
      const before = await sourceIds(bed, runId)

      const preview = await previewUndo(bed, runId)
      const untouched = await sourceIds(bed, runId)
      const undone = await undoRun(bed, runId)
      const again = await undoRun(bed, runId)

      const expected = { in_stock: 1, deleted: 1, hidden: 1, own_price: 1, locked: 1, edited: 4 }
      assert.deepEqual(untouched, before)
      for (const { removed, kept } of [preview, undone])
        assert.deepEqual([removed, Object.fromEntries(kept)], [2_291, expected])
      assert.deepEqual([again.removed, Object.fromEntries(again.kept)], [0, expected])
      assert.deepEqual(await sourceIds(bed, runId), [0, ...edits.map(([sourceId]) => sourceId)])
      const run = await bed.run(runId)
      assert.deepEqual([run.state, run.processed, run.finishedAt !== null], ['cancelled', 0, true])
    })

    test('leaves what another run brought, and a copy that follows brings everything back', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(40)
      const first = await bed.register()
      await bed.central.updateTable('inv_items').set({ status: 0 }).where('id', '>', 30).execute()
      await bed.copy(first)
      await bed.central.updateTable('inv_items').set({ status: 1 }).where('id', '>', 30).execute()
      const second = await bed.copyAgain(first.companyId)

      const undone = await undoRun(bed, second.id)
      const left = await sourceIds(bed, first.runId)
      await resumeRun(bed, second.id)
      await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

      assert.deepEqual([undone.removed, undone.kept.size, left.length], [10, 0, 31])
      const run = await bed.run(second.id)
      assert.deepEqual([run.state, run.copied, run.unchanged], ['completed', 10, 30])
      const verified = await verifyRun(bed, run)
      assert.deepEqual([verified?.missing, verified?.duplicated, verified?.altered], [0, 0, 0])
    })

    test('leaves the run as it is when the database of the store is missing', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(3)
      const { runId, companyId } = await bed.register()
      await bed.copy({ runId, companyId })
      const { id } = await bed.tenantOf(companyId)
      await bed.central.updateTable('tenants').set({ db_name: 'surtidor_gone' }).where('id', '=', id).execute()

      await assert.rejects(undoRun(bed, runId), { code: 'MISSING_STORE_DATABASE' })

      const { state, copied } = await bed.run(runId)
      assert.deepEqual([state, copied], ['completed', 3])
    })

    test('is refused while a copy of the store is at work', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(3)
      const first = await bed.register()
      await assert.rejects(previewUndo(bed, first.runId), RunMoveRefusedError)
      await assert.rejects(undoRun(bed, first.runId), RunMoveRefusedError)
      await bed.copy(first)
      const second = await startRun(bed, first.companyId)

      await assert.rejects(undoRun(bed, first.runId), StoreHasActiveRunError)

      await cancelRun(bed.central, second.id)
      assert.equal((await undoRun(bed, second.id)).removed, 0)
      assert.equal((await undoRun(bed, first.runId)).removed, 3)
    })

    test('is refused in words when another copy of the store begins in the same instant', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(3)
      const { runId, companyId } = await bed.register()
      await bed.copy({ runId, companyId })
      const { id: storeTenantId } = await bed.tenantOf(companyId)
      const run = { companyId, storeTenantId, distributorId: bed.distributorId, jobUuid: randomUUID() }
      const begun = Promise.withResolvers<void>()
      const beginning = bed.central.transaction().execute(async (trx) => {
        await insertRun(trx, run)
        begun.resolve()
        // On a file the other one waits for its turn before its first statement.
        return driver === 'sqlite' || comesTrue(() => someoneWaits(bed), 20)
      })
      await begun.promise

      await assert.rejects(undoRun(bed, runId), StoreHasActiveRunError)

      assert.equal(await beginning, true)
    })

    test('and a copy that is resumed meanwhile never mix: whoever claims the receipt last goes on', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(2_500)
      const { runId, companyId } = await bed.register()
      await bed.copy({ runId, companyId })
      const claim = { runId, companyId, epoch: 2 }
      // As an undo that has removed one page when its process dies.
      await bed.central.updateTable('copy_runs').set({ state: 'paused', epoch: 2 }).execute()
      await using store = await bed.store(runId)
      await claimForUndo(store, claim)
      const { removed, nextId } = await undoPage(store, claim, 0)

      await resumeRun(bed, runId)
      await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

      assert.equal(removed, 1_000)
      await assert.rejects(undoPage(store, claim, nextId ?? 0), { code: 'LEASE_LOST' })
      const run = await bed.run(runId)
      assert.deepEqual([run.state, run.copied, run.unchanged], ['completed', 1_000, 1_500])
      const verified = await verifyRun(bed, run)
      assert.deepEqual([verified?.missing, verified?.duplicated, verified?.altered], [0, 0, 0])
    })

    test('of a paused copy refuses the attempt that still works, and two at once end in one', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(3_200)
      const copied = await bed.register()
      let undone: Promise<unknown> = Promise.resolve()
      const pauseAndUndo = async () => {
        await pauseRun(bed.central, copied.runId)
        undone = Promise.allSettled([undoRun(bed, copied.runId), undoRun(bed, copied.runId)])
      }

      await bed.copy(copied, { renew: pauseAndUndo }).catch(() => undefined)
      const answers = await undone

      assert.ok(Array.isArray(answers))
      for (const { status, reason } of answers)
        assert.ok(status === 'fulfilled' || reason instanceof UndoOvertakenError, String(reason))
      assert.ok(answers.some(({ status }) => status === 'fulfilled'))
      assert.deepEqual(await sourceIds(bed, copied.runId), [0])
      assert.equal((await bed.run(copied.runId)).state, 'cancelled')
    })
  })

async function edit(bed: TestBed, runId: number): Promise<void> {
  await using store = await bed.store(runId)
  for (const [sourceId, change] of edits)
    await store.updateTable('tat_items').set(change).where('item_father_id', '=', sourceId).execute()
}

/** With 0 for GENERICO, the store's own. */
async function sourceIds(bed: TestBed, runId: number): Promise<readonly number[]> {
  await using store = await bed.store(runId)
  const rows = await store.selectFrom('tat_items').select('item_father_id as id').orderBy('item_father_id').execute()
  return rows.map(({ id }) => id)
}

/** True while a statement waits for a lock in the central database. */
async function someoneWaits({ central, address }: TestBed): Promise<boolean> {
  // InnoDB's view shows the same until nobody has asked for a tenth of a second.
  if (address.driver === 'mysql') await wait(150)
  const waiting =
    address.driver === 'postgres'
      ? sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      : sql`select 1 from information_schema.innodb_trx as waiting
          join information_schema.processlist as session on session.id = waiting.trx_mysql_thread_id
          where waiting.trx_state = 'LOCK WAIT' and session.db = database()`
  return (await waiting.execute(central)).rows.length > 0
}
