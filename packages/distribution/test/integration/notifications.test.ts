import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Installation, killAll } from '../support/installation.ts'
import { headerOf, partOf, type ReceivedMail, SmtpServer } from '../support/smtp-server.ts'

const email = 'ana.perez@ejemplo.co'
const password = 'la clave del correo'

test('a store that is registered gets its mail from the worker that cron starts, and no link is kept', async () => {
  await using smtp = await SmtpServer.open()
  using installation = installationFor(smtp)
  await register(installation)

  const worked = await installation.run('queue:work', '--stop-when-empty')

  assert.equal(worked.code, 0, worked.errors)
  const mail = smtp.received.find((each) => headerOf(each, 'Subject').startsWith('Elige'))
  const subjects = smtp.received.map((each) => headerOf(each, 'Subject')).toSorted()
  assert.deepEqual(subjects, ['Elige la contraseña de tu tienda', 'Tu catálogo está listo'])
  assert.deepEqual([mail?.to, mail?.login], [email, `surtidor ${password}`])
  assert.deepEqual(states(installation), [{ state: 'sent', attempts: 1 }])
  assertKeepsNo(installation, [tokenOf(mail), '/activar/', password])
  assert.ok(!logOf(installation).includes(email))
})

test('a sender that is killed after the mail server took the mail sends it again, under the same key, and says so', async () => {
  await using smtp = await SmtpServer.open()
  using installation = installationFor(smtp)
  await register(installation)
  const victim = installation.start('notifications:send')
  smtp.onMail = async () => {
    smtp.onMail = () => undefined
    killAll(victim)
  }
  await once(victim, 'exit')
  assert.deepEqual(states(installation), [{ state: 'sending', attempts: 1 }])
  const early = await installation.run('notifications:send')
  endLease(installation)

  const again = await installation.run('notifications:send')

  assert.match(early.output, /Enviados: 0 ·/)
  assert.equal(again.output.trim(), 'Enviados: 1 · Se intentan luego: 0 · Abandonados: 0 · Sin objeto: 0')
  const [first, second] = smtp.received.map((mail) => headerOf(mail, 'Message-ID'))
  assert.equal(smtp.received.length, 2)
  assert.equal(second, first)
  assert.match(logOf(installation), /notification_sent_again/)
  assert.deepEqual(states(installation), [{ state: 'sent', attempts: 2 }])
})

test('what was given up is listed in part, and goes out when its cause is mended', async () => {
  await using smtp = await SmtpServer.open()
  using installation = installationFor(smtp)
  await register(installation)
  smtp.answers = { rcpt: `550 5.1.1 <${email}> no existe` }
  assert.equal((await installation.run('notifications:send')).code, 0)

  const dead = await installation.run('notifications:list', '--dead')
  smtp.answers = {}
  const retried = await installation.run('notifications:retry')
  const sent = await installation.run('notifications:send')

  assert.match(dead.output, /user_activation +email +a…@ejemplo\.co +Abandonado +1 .*550 5\.1\.1 <a…@ejemplo\.co>/)
  assert.match(retried.output, /: 1$/m)
  assert.match(sent.output, /^Enviados: 1/)
  assert.equal(smtp.received.length, 1)
  assertKeepsNo(installation, [tokenOf(smtp.received[0])])
  assert.ok(!logOf(installation).includes(email))
})

test('with MAIL_MAILER=log the log says that a message was made, to whom in part, and not what it says', async () => {
  using installation = new Installation()
  await register(installation)

  const sent = await installation.run('notifications:send')

  assert.match(sent.output, /^Enviados: 1/)
  assert.match(logOf(installation), /"event":"mail_logged","kind":"user_activation",.*"to":"a…@ejemplo\.co"/)
  for (const secret of [email, '/activar/']) assert.ok(!logOf(installation).includes(secret), secret)
})

function installationFor({ port }: SmtpServer): Installation {
  return new Installation({
    MAIL_MAILER: 'smtp',
    MAIL_PORT: String(port),
    MAIL_USERNAME: 'surtidor',
    MAIL_PASSWORD: password,
    MAIL_FROM_ADDRESS: 'avisos@distribuidora.example',
    NOTIFICATIONS_QUIET_HOURS: 'off',
  })
}

async function register(installation: Installation): Promise<void> {
  const store = ['--name=La 45', '--identification=1023456', `--email=${email}`]
  const { code, errors } = await installation.run('store:create', ...store)
  assert.equal(code, 0, errors)
}

function states(installation: Installation) {
  return installation
    .central("select state, attempts from notification_outbox where kind = 'user_activation'")
    .map((row) => ({ ...row }))
}

function tokenOf(mail: ReceivedMail | undefined): string {
  const [, token = ''] = /\/activar\/([\w-]{43})/.exec(mail ? partOf(mail, 'text/plain') : '') ?? []
  assert.notEqual(token, '')
  return token
}

function logOf(installation: Installation): string {
  return readFileSync(installation.path('storage/logs/surtidor.log'), 'utf8')
}

/** Neither the log nor any table of the queue or of the messages. */
function assertKeepsNo(installation: Installation, secrets: readonly string[]): void {
  const tables = ['jobs', 'failed_jobs', 'notification_outbox', 'user_activations']
  const rows = tables.map((table) => installation.central(`select * from ${table}`))
  const kept = logOf(installation) + JSON.stringify(rows)
  for (const secret of secrets) assert.ok(!kept.includes(secret), secret)
}

function endLease(installation: Installation): void {
  const database = new DatabaseSync(installation.path('storage/database/surtidor.sqlite'))
  database.exec(`update notification_outbox set lease_until = '2020-01-01 00:00:00'`)
  database.close()
}
