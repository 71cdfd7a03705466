import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { registerStore } from '../../src/companies/register-store.ts'
import type { StoreForm } from '../../src/companies/store-form.ts'
import { cancelRun, resumeRun } from '../../src/copy/runs/run-actions.ts'
import { failRun } from '../../src/copy/runs/run-attempts.ts'
import { startRun } from '../../src/copy/runs/runs.ts'
import { undoRun } from '../../src/copy/undo/undo-run.ts'
import { bedDrivers } from '../support/bed-place.ts'
import { storeForm, TestBed } from '../support/copy-test-bed.ts'

for (const driver of bedDrivers)
  describe(`the end of a copy on ${driver}`, () => {
    test('is told once in each channel, with its counts, also when its job is delivered again', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(12)
      const copied = await bed.register()

      await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()
      await bed.copy(copied)

      const { runId, companyId } = copied
      const payload = { runId, companyId, copied: 12, updated: 0, unchanged: 0, skipped: 0, errors: 0 }
      const told = await messagesOf(bed, runId)
      assert.deepEqual(
        told.map((message) => ({ ...message, payload: JSON.parse(message.payload) })),
        [
          { kind: 'copy_completed', channel: 'email', recipient: 'tienda10001@ejemplo.co', payload },
          { kind: 'copy_completed', channel: 'in_app', recipient: `tenant:${bed.distributorId}`, payload },
        ],
      )
    })

    test('is told on the phone, once, of a store that has agreed to that', async () => {
      await using bed = await TestBed.open(driver)
      const form = { ...storeForm(55_555), phone: '300 123 4567' }
      const register = (change: Partial<StoreForm>) =>
        registerStore(bed, { form: { ...form, ...change }, distributorId: bed.distributorId })
      const agreed = await register({ acceptsMessages: true })
      const silent = await register({ identification: '66666', email: 'otra@ejemplo.co' })

      await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()
      await bed.copy({ runId: agreed.user?.runId ?? 0, companyId: agreed.companyId })

      const told = await messagesOf(bed, agreed.user?.runId ?? 0)
      assert.deepEqual(
        told.map(({ channel, recipient }) => [channel, recipient]),
        [
          ['email', 'tienda55555@ejemplo.co'],
          ['in_app', `tenant:${bed.distributorId}`],
          ['webhook', '300 123 4567'],
        ],
      )
      const others = await messagesOf(bed, silent.user?.runId ?? 0)
      assert.deepEqual(
        others.map(({ channel }) => channel),
        ['email', 'in_app'],
      )
    })

    test('that cannot be told is no end: the attempt after it ends the run, and tells it once', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(12)
      const copied = await bed.register()
      const { schema } = bed.central
      await schema.alterTable('notification_outbox').renameTo('lost_outbox').execute()

      await assert.rejects(bed.copy(copied))
      const before = await bed.run(copied.runId)
      await schema.alterTable('lost_outbox').renameTo('notification_outbox').execute()
      await bed.copy(copied)
      await bed.copy(copied)

      assert.deepEqual([before.state, before.finishedAt], ['running', null])
      assert.equal((await bed.run(copied.runId)).state, 'completed')
      assert.deepEqual(await kindsOf(bed, copied.runId), ['copy_completed', 'copy_completed'])
    })

    test('is one end for attempts that finish at the same time', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(12)
      const copied = await bed.register()

      await Promise.allSettled([bed.copy(copied), bed.copy(copied), bed.copy(copied)])

      assert.deepEqual(await kindsOf(bed, copied.runId), ['copy_completed', 'copy_completed'])
    })

    test('is told of each way to end, twice of none, and not of an undo', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(3)
      const { runId, companyId } = await bed.register()
      const fail = async () => failRun(bed.central, (await bed.run(runId)).jobUuid, new Error('x'))

      await Promise.all([cancelRun(bed.central, runId), cancelRun(bed.central, runId)])
      await resumeRun(bed, runId)
      await fail()
      await fail()
      await resumeRun(bed, runId)
      await bed.copy({ runId, companyId })
      await undoRun(bed, runId)

      assert.deepEqual(
        await kindsOf(bed, runId),
        ['copy_cancelled', 'copy_completed', 'copy_failed'].flatMap((kind) => [kind, kind]),
      )
    })

    test('comes too for a run whose job was lost from the queue, and for one whose products all have an error', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(3)
      const lost = await bed.register()
      await bed.queue.clear()
      await bed.central.updateTable('inv_values').set({ values: -5 }).execute()

      const { id } = await startRun(bed, lost.companyId)
      await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

      const run = await bed.run(id)
      assert.deepEqual([run.state, run.errors], ['failed', 3])
      assert.match(run.error ?? '', /^Ninguno de los 3 productos/)
      for (const runId of [lost.runId, id]) assert.deepEqual(await kindsOf(bed, runId), ['copy_failed', 'copy_failed'])
    })
  })

function messagesOf(bed: TestBed, runId: number) {
  return bed.central
    .selectFrom('notification_outbox')
    .select(['kind', 'channel', 'recipient', 'payload'])
    .where('run_id', '=', runId)
    .where('kind', 'like', 'copy%')
    .orderBy('kind')
    .orderBy('channel')
    .execute()
}

async function kindsOf(bed: TestBed, runId: number): Promise<readonly string[]> {
  return (await messagesOf(bed, runId)).map(({ kind }) => kind)
}
