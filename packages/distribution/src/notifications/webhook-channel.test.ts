import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { GatewayServer } from '../../test/support/gateway-server.ts'
import type { OutgoingMessage } from './channel.ts'
import { webhookChannel } from './webhook-channel.ts'

const secret = 'un-secreto-de-prueba'
const anySignal = new AbortController().signal

const message: OutgoingMessage = {
  key: 'notification-7-abc',
  kind: 'run_ended',
  recipient: '+573001234567',
  content: {
    subject: 'Tu catálogo está listo',
    paragraphs: ['Copiados: 5.000'],
    link: { label: 'Ver la tienda', url: 'https://tiendas.example/stores/7' },
    language: 'es-CO',
  },
}

test('a message is posted as JSON, signed, under the key of the message', async () => {
  await using gateway = await GatewayServer.open()

  const delivery = await webhookChannel({ url: gateway.url, secret }).send(message, anySignal)

  assert.deepEqual(delivery, { kind: 'sent' })
  const [request] = gateway.received
  assert.ok(request)
  assert.deepEqual([request.method, request.path], ['POST', '/mensajes'])
  assert.equal(request.headers['idempotency-key'], message.key)
  const expected = createHmac('sha256', secret).update(request.body).digest('hex')
  assert.equal(request.headers['x-surtidor-signature'], `sha256=${expected}`)
  assert.deepEqual(JSON.parse(request.body), {
    key: 'notification-7-abc',
    kind: 'run_ended',
    to: '+573001234567',
    subject: 'Tu catálogo está listo',
    text: 'Copiados: 5.000\n\nVer la tienda:\nhttps://tiendas.example/stores/7\n',
    link: 'https://tiendas.example/stores/7',
  })
})

for (const [status, kind] of [
  [204, 'sent'],
  [302, 'failed'],
  [400, 'refused'],
  [404, 'refused'],
  [408, 'failed'],
  [429, 'failed'],
  [500, 'failed'],
  [503, 'failed'],
] as const)
  test(`an answer of ${status} means that the message was ${kind}, and nothing is asked twice`, async () => {
    await using gateway = await GatewayServer.open()
    gateway.status = status
    gateway.headers = { location: gateway.url }

    const delivery = await webhookChannel({ url: gateway.url, secret }).send(message, anySignal)

    assert.equal(delivery.kind, kind)
    assert.equal(gateway.received.length, 1)
  })

test('a gateway that does not answer in time, or is away, may be asked again', async () => {
  await using gateway = await GatewayServer.open()
  gateway.status = 'none'
  const { url } = gateway

  const slow = await webhookChannel({ url, secret }, { deadlineMs: 100 }).send(message, anySignal)
  await gateway[Symbol.asyncDispose]()
  const away = await webhookChannel({ url, secret }).send(message, anySignal)

  assert.deepEqual([slow.kind, away.kind], ['failed', 'failed'])
  assert.ok(away.kind === 'failed' && away.reason.includes('ECONNREFUSED'), JSON.stringify(away))
})
