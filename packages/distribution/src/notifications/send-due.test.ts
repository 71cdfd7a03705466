import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { silentSettings, TestBed } from '../../test/support/copy-test-bed.ts'
import { smtpSettings } from '../../test/support/notification-settings.ts'
import { headerOf, partOf, SmtpServer } from '../../test/support/smtp-server.ts'
import { findActivation } from '../access/activation.ts'
import { dateOf, utcText } from '../database/utc-text.ts'
import { deliverNotifications } from './deliver-notifications-job.ts'
import { addToOutbox, type NewNotification } from './outbox.ts'
import { mostTries } from './retry-pause.ts'
import { readNow, sendDue } from './send-due.ts'

const anySignal = new AbortController().signal
const all = { most: 1_000, signal: anySignal }

for (const driver of bedDrivers)
  describe(`messages on ${driver}`, () => {
    test('a registration brings one mail with a link that sets the password, and the link is written nowhere', async () => {
      await using smtp = await SmtpServer.open()
      await using bed = await TestBed.open(driver, { notifications: smtpSettings(smtp) })
      const { companyId } = await bed.register()

      await work(bed)

      const subjects = smtp.received.map((each) => headerOf(each, 'Subject')).toSorted()
      assert.deepEqual(subjects, ['Elige la contraseña de tu tienda', 'Tu catálogo está listo'])
      const mail = smtp.received.find((each) => headerOf(each, 'Subject').startsWith('Elige'))
      assert.ok(mail)
      const email = 'tienda10001@ejemplo.co'
      assert.equal(mail.to, email)
      assert.match(headerOf(mail, 'Message-ID'), /^<notification-\d+-[\da-f]{24}@distribuidora\.example>$/)
      const [, token = ''] = /https:\/\/tiendas\.example\/activar\/([\w-]{43})/.exec(partOf(mail, 'text/plain')) ?? []
      assert.equal((await findActivation(bed.central, token, new Date())).state, 'usable')
      assert.ok(partOf(mail, 'text/html').includes(`href="https://tiendas.example/activar/${token}"`))
      assert.deepEqual(
        (await messages(bed)).map(({ kind, channel, state }) => `${kind} ${channel} ${state}`),
        ['user_activation email sent', 'copy_completed in_app sent', 'copy_completed email sent'],
      )
      const kept = await everythingKept(bed)
      assert.ok(kept.includes(`"company":${companyId}`) && kept.includes('t…@ejemplo.co'))
      for (const secret of [token, '/activar/']) assert.ok(!kept.includes(secret), secret)
      assert.ok(!JSON.stringify(bed.logged).includes(email))
    })

    test('the end of a run is told with its counts and the way to the store', async () => {
      await using smtp = await SmtpServer.open()
      await using bed = await TestBed.open(driver, { notifications: smtpSettings(smtp) })
      await bed.addProducts(1_250)
      const { runId, companyId } = await bed.register()
      await bed.central.deleteFrom('notification_outbox').execute()
      await bed.copy({ runId, companyId })

      const counts = await sendDue(bed.notifications, all)

      assert.equal(counts.sent, 1)
      const [mail] = smtp.received
      assert.ok(mail)
      assert.equal(headerOf(mail, 'Subject'), 'Tu catálogo está listo')
      const text = partOf(mail, 'text/plain')
      assert.match(text, /Copiados: 1\.250 · Omitidos: 0 · Con errores: 0/)
      assert.match(text, new RegExp(`https://tiendas\\.example/stores/${companyId}$`, 'm'))
      await add(bed, { ...ended(runId, companyId), recipient: 'otra@ejemplo.co' })
      assert.equal((await sendDue(bed.notifications, all)).sent, 0)
    })

    test('two senders at once send each message once', async () => {
      await using smtp = await SmtpServer.open()
      await using bed = await TestBed.open(driver, { notifications: smtpSettings(smtp) })
      const { runId, companyId } = await bed.register()
      await bed.central.deleteFrom('notification_outbox').execute()
      for (let number = 1; number <= 30; number += 1)
        await add(bed, { ...ended(runId, companyId), dedupeKey: `run:${number}`, recipient: `t${number}@ejemplo.co` })

      const counts = await Promise.all([1, 2].map(() => sendDue(bed.notifications, all)))

      assert.equal(
        counts.reduce((sum, { sent }) => sum + sent, 0),
        30,
      )
      assert.equal(new Set(smtp.received.map(({ to }) => to)).size, 30)
      assert.equal(smtp.received.length, 30)
    })

    test('a message whose sender died goes out again under the same key, and the log says so', async () => {
      await using smtp = await SmtpServer.open()
      await using bed = await TestBed.open(driver, { notifications: smtpSettings(smtp) })
      await bed.register()
      await sendDue(bed.notifications, all)
      const died = {
        state: 'sending',
        lease_owner: 'who died',
        sent_at: null,
        lease_until: '2020-01-01 00:00:00',
      } as const
      await bed.central.updateTable('notification_outbox').set(died).execute()

      await sendDue(bed.notifications, all)

      const [first, second] = smtp.received.map((mail) => headerOf(mail, 'Message-ID'))
      assert.ok(first)
      assert.equal(second, first)
      assert.equal(smtp.received.length, 2)
      assert.ok(bed.logged.some(({ event }) => event === 'notification_sent_again'))
    })

    test('nobody touches a message while its lease lasts, and a job looks again when that is over', async () => {
      await using smtp = await SmtpServer.open()
      await using bed = await TestBed.open(driver, { notifications: smtpSettings(smtp) })
      await bed.register()
      const now = await readNow(bed.notifications)
      const until = utcText(new Date(now.getTime() + 90_000))
      await bed.central.updateTable('notification_outbox').set({ state: 'sending', lease_until: until }).execute()

      await deliverWithoutCopy(bed)

      assert.deepEqual(smtp.received, [])
      const [job, ...others] = await bed.queue.jobs()
      assert.equal(others.length, 0)
      const seconds = dateOf(until).getTime() / 1000
      // At the quarter of an hour there is a look in any case.
      const quarter = (Math.floor(now.getTime() / 900_000) + 1) * 900
      assert.ok(job && job.availableAt >= Math.min(seconds, quarter) && job.availableAt <= seconds + 61)
    })

    test('a server that is away costs a try, and the message goes out when it is there', async () => {
      await using smtp = await SmtpServer.open()
      await using bed = await TestBed.open(driver, { notifications: smtpSettings(smtp) })
      await bed.register()
      const { port } = smtp
      await smtp[Symbol.asyncDispose]()
      const before = await readNow(bed.notifications)

      await deliverWithoutCopy(bed)

      const row = await bed.central.selectFrom('notification_outbox').selectAll().executeTakeFirstOrThrow()
      assert.deepEqual([row.state, row.attempts, row.lease_owner], ['pending', 1, null])
      assert.match(row.error ?? '', /ECONNREFUSED/)
      const pause = (dateOf(row.next_attempt_at).getTime() - before.getTime()) / 1000
      assert.ok(pause >= 59 && pause <= 75, `${pause}`)
      assert.equal((await bed.queue.jobs()).length, 1)
      await using back = await SmtpServer.open(port)
      await sendDue({ ...bed.notifications, readNow: async () => dateOf(row.next_attempt_at) }, all)
      assert.equal(back.received.length, 1)
    })

    test('a recipient that is refused for good is given up at once, and one that never works after a day', async () => {
      await using smtp = await SmtpServer.open()
      await using bed = await TestBed.open(driver, { notifications: smtpSettings(smtp) })
      await bed.register()
      smtp.answers = { rcpt: '550 5.1.1 <tienda10001@ejemplo.co> no existe' }

      const refused = await sendDue(bed.notifications, all)

      assert.equal(refused.dead, 1)
      const { error } = await bed.central.selectFrom('notification_outbox').select('error').executeTakeFirstOrThrow()
      assert.match(error ?? '', /550 5\.1\.1 <t…@ejemplo\.co>/)
      smtp.answers = { rcpt: '451 más tarde' }
      await bed.central.updateTable('notification_outbox').set({ state: 'pending', attempts: 0 }).execute()
      const states: number[] = []
      for (let tries = 1; tries <= mostTries; tries += 1) {
        await bed.central.updateTable('notification_outbox').set({ next_attempt_at: '2020-01-01 00:00:00' }).execute()
        states.push((await sendDue(bed.notifications, all)).dead)
      }
      assert.deepEqual(states, [0, 0, 0, 0, 0, 0, 0, 1])
      assert.deepEqual(await messages(bed), [{ kind: 'user_activation', channel: 'email', state: 'dead', attempts: 8 }])
    })

    test('in quiet hours mail waits for the morning, without a try', async () => {
      await using smtp = await SmtpServer.open()
      await using bed = await TestBed.open(driver, { notifications: smtpSettings(smtp) })
      await bed.register()
      const quietHours = { fromMinute: 21 * 60, untilMinute: 7 * 60 }
      const night = { ...bed.notifications, settings: { ...bed.notifications.settings, quietHours } }
      const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)

      await sendDue({ ...night, readNow: async () => new Date(`${tomorrow}T04:30:00Z`) }, all)

      const { next_attempt_at, state, attempts } = await bed.central
        .selectFrom('notification_outbox')
        .selectAll()
        .executeTakeFirstOrThrow()
      assert.deepEqual([next_attempt_at, state, attempts], [`${tomorrow} 12:00:00`, 'pending', 0])
      assert.deepEqual(smtp.received, [])
      assert.equal((await sendDue({ ...night, readNow: async () => new Date(`${tomorrow}T12:00:00Z`) }, all)).sent, 1)
    })

    test('three that fail in a row end the round, and the others cost no try', async () => {
      await using smtp = await SmtpServer.open()
      await using bed = await TestBed.open(driver, { notifications: smtpSettings(smtp) })
      smtp.answers = { rcpt: '451 ocupado' }
      for (let number = 1; number <= 5; number += 1) await bed.register()

      const counts = await sendDue(bed.notifications, all)

      assert.deepEqual([counts.pending, counts.hasGivenUp], [3, true])
      assert.deepEqual((await messages(bed)).map(({ attempts }) => attempts).toSorted(), [0, 0, 1, 1, 1])
    })

    test('what cannot be understood is given up, and who has a password gets no link', async () => {
      await using bed = await TestBed.open(driver, { notifications: silentSettings })
      const { userId, companyId, runId } = await bed.register()
      await bed.central.updateTable('users').set({ password: 'x' }).where('id', '=', userId).execute()
      const strange = { ...ended(runId, companyId), kind: 'strange' }
      await add(bed, strange)
      await add(bed, { ...ended(runId, companyId), dedupeKey: 'broken' })
      await bed.central
        .updateTable('notification_outbox')
        .set({ payload: '{' })
        .where('dedupe_key', '=', 'broken')
        .execute()
      await add(bed, { ...strange, dedupeKey: 'channel' })
      await bed.central
        .updateTable('notification_outbox')
        .set({ channel: 'dove' })
        .where('dedupe_key', '=', 'channel')
        .execute()

      const { sent, dead, obsolete } = await sendDue(bed.notifications, all)

      assert.deepEqual({ sent, dead, obsolete }, { sent: 0, dead: 3, obsolete: 1 })
    })
  })

function work(bed: TestBed) {
  return bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()
}

/** The copy of the store stays away, and with it its messages. */
async function deliverWithoutCopy(bed: TestBed): Promise<void> {
  await sql`delete from jobs`.execute(bed.central)
  await deliverNotifications(bed.notifications, all)
}

function add(bed: TestBed, message: NewNotification): Promise<void> {
  return bed.central.transaction().execute((trx) => addToOutbox(trx, [message]))
}

function ended(runId: number, companyId: number): NewNotification {
  const message = { kind: 'copy_completed', channel: 'email', recipient: 'ana@ejemplo.co' } as const
  return { ...message, dedupeKey: `run:${runId}`, companyId, runId, payload: { runId, companyId } }
}

async function messages(bed: TestBed) {
  const query = bed.central
    .selectFrom('notification_outbox')
    .select(['kind', 'channel', 'state', 'attempts'])
    .orderBy('id')
  return (await query.execute()).map((row) => ({ ...row }))
}

/** The log, the jobs, those that failed, and the outbox. */
async function everythingKept(bed: TestBed): Promise<string> {
  const tables = ['jobs', 'failed_jobs', 'notification_outbox']
  const rows = await Promise.all(tables.map((table) => sql`select * from ${sql.table(table)}`.execute(bed.central)))
  return JSON.stringify([bed.logged, rows.map((result) => result.rows)])
}
