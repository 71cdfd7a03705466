import assert from 'node:assert/strict'
import { createCipheriv, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { InvalidPayloadError } from '../../src/errors.ts'
import { readCommand } from '../../src/laravel/command.ts'
import { Encrypter } from '../../src/laravel/encrypter.ts'
import { describePayload, type JobData, readJobData, readPayload } from '../../src/laravel/payload.ts'
import { serialize } from '../../src/laravel/php/serialize.ts'
import { unserialize } from '../../src/laravel/php/unserialize.ts'
import { withDefaults } from '../../src/laravel/write-command.ts'
import { laravelClasses } from '../support/laravel/classes.ts'
import facts from '../support/laravel/wire-vectors.json' with { type: 'json' }

const key = `base64:${Buffer.from('01234567890123456789012345678901').toString('base64')}`
const encrypter = new Encrypter([key])

for (const { case: name, note, payload, expect } of facts.vectors) {
  test(`what Laravel ${facts.laravel} wrote is read: ${name}, ${note}`, () => {
    const read = readPayload(payload)

    if (expect === null) assert.equal(read.job, 'Illuminate\\Queue\\CallQueuedClosure')
    else assert.deepEqual(withDefaults(laravelClasses[read.job]?.php, withChain(readJobData(read, encrypter))), expect)
  })

  test(`what Laravel ${facts.laravel} wrote is written again byte for byte: ${name}, ${note}`, () => {
    const { command = 'N;' } = readPayload(payload)
    const text = /^[ON]/.test(command) ? command : encrypter.decrypt(command).toString()

    assert.equal(serialize(unserialize(text)).toString(), text)
  })
}

test('a class job is known by its class, and its chain and batch are told apart from the data', () => {
  const copy = 'App\\Jobs\\CopyProductsToClientJob'
  const chain = readJobData(readPayload(payloadOf('chain')))
  const batch = readJobData(readPayload(payloadOf('batch')))

  assert.equal(readPayload(payloadOf('chain')).job, copy)
  assert.deepEqual(
    [chain.command?.chain.jobs.length, chain.command?.chain.queue, chain.command?.batchId],
    [2, 'copias', null],
  )
  assert.deepEqual([batch.command?.chain.jobs, batch.command?.batchId], [[], 'a34b9197-d7ff-4c8f-9096-fabb54ff1b5c'])
  assert.deepEqual(describePayload(payloadOf('class-job')), {
    uuid: 'f4cd5ce5-3c51-4352-8878-c8f7e3844ed7',
    name: copy,
    job: copy,
    data: { companyId: 5, tenantId: '9b2f0c1e-tenant' },
  })
  assert.equal(describePayload(payloadOf('encrypted')).data, null)
})

for (const mode of ['cbc', 'gcm'] as const) {
  for (const bytes of [16, 32]) {
    test(`AES-${bytes * 8}-${mode.toUpperCase()} as node:crypto makes it is decrypted, with a previous key too`, () => {
      const secret = Buffer.alloc(bytes, 'k')
      const sealed = seal(Buffer.from('s:4:"hola";'), secret, mode)
      const keys = [key, secret.toString()]

      assert.equal(new Encrypter(keys).decrypt(sealed).toString(), 's:4:"hola";')
      const ours = new Encrypter([keys[1] ?? ''], mode).encrypt(Buffer.from('x'))
      assert.equal(JSON.parse(Buffer.from(ours, 'base64').toString()).tag === '', mode === 'cbc')
      assert.equal(new Encrypter(keys.toReversed()).decrypt(ours).toString(), 'x')
      assert.throws(() => encrypter.decrypt(sealed), InvalidPayloadError)
    })
  }
}

for (const [title, change] of [
  ['value', (sealed: Sealed) => ({ ...sealed, value: Buffer.alloc(32).toString('base64') })],
  ['mac', (sealed: Sealed) => ({ ...sealed, mac: 'ab'.repeat(32) })],
  ['iv', (sealed: Sealed) => ({ ...sealed, iv: '' })],
  ['tag', (sealed: Sealed) => ({ ...sealed, tag: 'AAAA' })],
] as const) {
  test(`an encrypted command whose ${title} was changed is refused, and the error tells no secret`, () => {
    const sealed: Sealed = JSON.parse(Buffer.from(encrypter.encrypt(Buffer.from('clave-123')), 'base64').toString())
    const changed = Buffer.from(JSON.stringify(change(sealed))).toString('base64')

    assert.throws(
      () => encrypter.decrypt(changed),
      (error) => error instanceof InvalidPayloadError && !/clave|0123/.test(String(error.stack)),
    )
  })
}

for (const [title, text] of [
  ['a list', 'a:0:{}'],
  ['encrypted, without a key', encrypter.encrypt(Buffer.from('s:1:"x";'))],
  ['no base64', '%%%'],
  ['empty', ''],
] as const) {
  test(`a command that is ${title} is refused`, () => {
    assert.throws(() => readCommand(text), InvalidPayloadError)
  })
}

test('a key of the wrong length is refused', () => {
  assert.throws(() => new Encrypter(['base64:c2hvcnQ=']), { code: 'INVALID_OPTION', message: /a key of 5 bytes/ })
})

interface Sealed {
  readonly iv: string
  readonly value: string
  readonly mac: string
  readonly tag: string
}

function seal(plain: Buffer, secret: Buffer, mode: 'cbc' | 'gcm'): string {
  const iv = Buffer.alloc(mode === 'gcm' ? 12 : 16, 7)
  const bits = secret.length === 16 ? 128 : 256
  const gcm = createCipheriv(`aes-${bits}-gcm`, secret, iv)
  const cipher = mode === 'gcm' ? gcm : createCipheriv(`aes-${bits}-cbc`, secret, iv)
  const value = Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64')
  const ivText = iv.toString('base64')
  const proof =
    mode === 'gcm'
      ? { mac: '', tag: gcm.getAuthTag().toString('base64') }
      : {
          mac: createHmac('sha256', secret)
            .update(ivText + value)
            .digest('hex'),
          tag: '',
        }
  return Buffer.from(JSON.stringify({ iv: ivText, value, ...proof })).toString('base64')
}

function payloadOf(name: string): string {
  return facts.vectors.find((vector) => vector.case === name)?.payload ?? ''
}

/** As the facts describe it: the data, and the members of the chain where there are some. */
function withChain({ data, command }: JobData): unknown {
  if (!command || command.chain.jobs.length === 0) return data
  return { ...Object(data), chained: command.chain.jobs.map((job) => readCommand(String(job)).data) }
}
