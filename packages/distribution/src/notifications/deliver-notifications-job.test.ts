import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { transact } from '@surtidor/queue/kysely'
import { sql } from 'kysely'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { silentSettings, TestBed } from '../../test/support/copy-test-bed.ts'
import { smtpSettings } from '../../test/support/notification-settings.ts'
import { SmtpServer } from '../../test/support/smtp-server.ts'
import { deliverJobName, wakeFor } from './deliver-notifications-job.ts'
import { addToOutbox } from './outbox.ts'

for (const driver of bedDrivers)
  describe(`the job that sends messages, on ${driver}`, () => {
    test('many registrations make one job, which is there exactly when they commit', async () => {
      await using bed = await TestBed.open(driver, { notifications: silentSettings })
      for (let number = 1; number <= 3; number += 1) await bed.register()

      const undone = transact(bed.central, async (_trx, tx) => {
        await bed.wakeSender?.(tx)
        throw new Error('undone')
      })

      await assert.rejects(undone, /undone/)
      const names = (await bed.queue.jobs()).map(({ payload }) => JSON.parse(payload).displayName)
      assert.equal(names.filter((name) => name === deliverJobName).length, 1)
    })

    test('a message that commits while the job that was to send it is running is sent all the same', async () => {
      await using smtp = await SmtpServer.open()
      await using bed = await TestBed.open(driver, { notifications: smtpSettings(smtp) })
      await bed.wakeSender?.()
      const isWritten = Promise.withResolvers<void>()
      const mayCommit = Promise.withResolvers<void>()

      const writing = transact(bed.central, async (trx, tx) => {
        await addToOutbox(trx, [{ ...strange, channel: 'email', payload: {} }])
        await bed.wakeSender?.(tx)
        isWritten.resolve()
        await mayCommit.promise
      })
      await isWritten.promise
      const [ran] = await Promise.all([work(bed), writing, commitSoon(bed, mayCommit)])
      await work(bed)

      assert.ok(ran)
      const { state } = await bed.central.selectFrom('notification_outbox').select('state').executeTakeFirstOrThrow()
      assert.equal(state, 'dead')
    })

    test('a copy whose worker died right after its end has its message sent by the next delivery of its job', async () => {
      await using smtp = await SmtpServer.open()
      await using bed = await TestBed.open(driver, { notifications: smtpSettings(smtp) })
      const registered = await bed.register()
      await bed.copy(registered)
      await sql`delete from jobs where payload not like '%CopyProducts%'`.execute(bed.central)
      await sql`delete from cache_locks`.execute(bed.central)

      await work(bed)

      assert.equal(smtp.received.length, 2)
      assert.equal((await bed.run(registered.runId)).state, 'completed')
    })

    test('what is read on the page has arrived by being written, and brings no job', async () => {
      await using bed = await TestBed.open(driver, { notifications: silentSettings })

      await bed.central
        .transaction()
        .execute((trx) => addToOutbox(trx, [{ ...strange, channel: 'in_app', payload: {} }]))

      const row = await bed.central.selectFrom('notification_outbox').selectAll().executeTakeFirstOrThrow()
      assert.deepEqual([row.state, row.read_at, row.sent_at?.length], ['sent', null, 19])
      assert.equal((await bed.queue.jobs()).length, 0)
    })
  })

for (const [due, hasGivenUp, at, delaySeconds] of [
  ['10:00:30', false, 'now', 0],
  ['10:00:30', true, '2026-03-10 10:01', 29],
  ['10:02:10', false, '2026-03-10 10:03', 149],
  ['10:03:00', false, '2026-03-10 10:03', 149],
  ['10:40:00', false, '2026-03-10 10:15', 869],
  ['10:40:00', true, '2026-03-10 10:15', 869],
] as const)
  test(`at 10:00:31, for a message due at ${due}${hasGivenUp ? ' after failures' : ''}, the next look is ${at}`, () => {
    const now = new Date('2026-03-10T10:00:31Z')

    const wake = wakeFor(new Date(`2026-03-10T${due}Z`), now, { hasGivenUp })

    assert.deepEqual(wake, { at, delaySeconds })
  })

const strange = { kind: 'strange', recipient: 'ana@ejemplo.co', dedupeKey: 'x', companyId: 1, runId: null } as const

function work(bed: TestBed) {
  return bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()
}

/** Once the job has begun and found nothing, or cannot begin because the transaction keeps it from that. */
async function commitSoon(bed: TestBed, { resolve }: { readonly resolve: () => void }): Promise<void> {
  const begun = Promise.withResolvers<void>()
  bed.queue.on('jobProcessed', () => begun.resolve())
  const timer = setTimeout(begun.resolve, 1_000)
  await begun.promise
  clearTimeout(timer)
  resolve()
}
