import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerOf, partOf, SmtpServer } from '../../test/support/smtp-server.ts'
import type { OutgoingMessage } from './channel.ts'
import { emailChannel } from './email-channel.ts'
import type { SmtpSettings } from './mail-settings.ts'

const anySignal = new AbortController().signal

const message: OutgoingMessage = {
  key: 'notification-7-abc',
  kind: 'run_ended',
  recipient: 'ana@ejemplo.co',
  content: {
    subject: 'Tu catálogo está listo',
    paragraphs: ['Hola, <b>La Ñata</b> & Cía:'],
    link: { label: 'Ver la tienda', url: 'https://tiendas.example/stores/7' },
    language: 'es-CO',
  },
}

test('a mail has a plain and an HTML part, a sender, the key, and signs in', async () => {
  await using smtp = await SmtpServer.open()

  const delivery = await emailChannel({ ...to(smtp), login: { user: 'ana', pass: 'clave secreta' } }).send(
    message,
    anySignal,
  )

  assert.deepEqual(delivery, { kind: 'sent' })
  const [mail] = smtp.received
  assert.ok(mail)
  assert.deepEqual([mail.to, mail.login], ['ana@ejemplo.co', 'ana clave secreta'])
  assert.equal(headerOf(mail, 'Message-ID'), '<notification-7-abc@distribuidora.example>')
  assert.match(headerOf(mail, 'From'), /Distribuidora Ñandú.*<avisos@distribuidora\.example>/)
  assert.match(partOf(mail, 'text/plain'), /^Hola, <b>La Ñata<\/b> & Cía:\n\nVer la tienda:\nhttps/)
  assert.ok(partOf(mail, 'text/html').includes('<p>Hola, &lt;b&gt;La Ñata&lt;/b&gt; &amp; Cía:</p>'))
})

test('an address with a comma or a line break makes no second recipient and no header', async () => {
  await using smtp = await SmtpServer.open()

  for (const recipient of ['ana@ejemplo.co, eva@ejemplo.co', 'ana@ejemplo.co\r\nBcc: eva@ejemplo.co'])
    await emailChannel(to(smtp)).send({ ...message, recipient }, anySignal)

  assert.ok(smtp.received.length <= 2)
  for (const mail of smtp.received) assert.notEqual(mail.to, 'eva@ejemplo.co')
  for (const mail of smtp.received) assert.equal(headerOf(mail, 'Bcc'), '')
})

test('a server that is slower than the deadline, says no for now, or is away may be asked again', async () => {
  await using smtp = await SmtpServer.open()
  const channel = emailChannel(to(smtp), { deadlineMs: 200 })

  smtp.answers = { greeting: 'none' }
  const slow = await channel.send(message, anySignal)
  smtp.answers = { rcpt: '451 4.7.1 vuelva luego' }
  const busy = await channel.send(message, anySignal)
  smtp.answers = { greeting: '554 no' }
  const closed = await channel.send(message, anySignal)

  assert.deepEqual([slow.kind, busy.kind, closed.kind], ['failed', 'failed', 'failed'])
})

test('a recipient or a message that the server refuses for good is not sent again', async () => {
  await using smtp = await SmtpServer.open()
  const channel = emailChannel(to(smtp))

  smtp.answers = { rcpt: '550 5.1.1 no existe' }
  const recipient = await channel.send(message, anySignal)
  smtp.answers = { data: '554 5.7.1 no se acepta' }
  const refused = await channel.send(message, anySignal)

  assert.deepEqual([recipient.kind, refused.kind], ['refused', 'refused'])
})

function to({ port }: SmtpServer): SmtpSettings {
  const from = { address: 'avisos@distribuidora.example', name: 'Distribuidora Ñandú' }
  return { mailer: 'smtp', host: '127.0.0.1', port, isTls: false, login: undefined, from }
}
