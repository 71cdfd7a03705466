import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createQueue,
  type DispatchOptions,
  defineJob,
  type JobDefinition,
  type LaravelVersion,
} from '../../src/index.ts'
import { Encrypter } from '../../src/laravel/encrypter.ts'
import { describePayload, readJobData, readPayload } from '../../src/laravel/payload.ts'
import { copyJob, laravelClasses } from '../support/laravel/classes.ts'
import facts from '../support/laravel/wire-vectors.json' with { type: 'json' }
import { recordingConnection } from '../support/recording-connection.ts'

const key = `base64:${Buffer.from('01234567890123456789012345678901').toString('base64')}`
for (const { case: name, note, payload, queue, delay } of facts.vectors) {
  const { uuid, job, command } = readPayload(payload)
  const options = laravelClasses[job]
  // Chains and batches are more than one dispatch.
  if (command === undefined || !options || ['chain', 'batch'].includes(name)) continue

  test(`what is dispatched here is what Laravel ${facts.laravel} writes, byte for byte: ${name}, ${note}`, async () => {
    const { data } = readJobData(readPayload(payload))
    const said = { ...(queue !== 'default' && { queue }), ...(delay > 0 && { delay }) }

    assert.equal(
      await dispatched(
        defineJob(job, options, () => undefined),
        data,
        { uuid, ...said },
      ),
      payload,
    )
  })
}

test('an encrypted class is written as Laravel reads it', async () => {
  const secret = defineJob(
    'App\\Jobs\\SecretJob',
    { php: { properties: { secret: {} }, isEncrypted: true } },
    () => undefined,
  )

  const payload = await dispatched(secret, { secret: 'clave-123' }, {})

  const { command = '' } = readPayload(payload)
  assert.doesNotMatch(payload, /clave/)
  assert.equal(
    new Encrypter([key]).decrypt(command).toString(),
    's:59:"O:18:"App\\Jobs\\SecretJob":1:{s:6:"secret";s:9:"clave-123";}";',
  )
  assert.deepEqual(readJobData(readPayload(payload), new Encrypter([key])).data, { secret: 'clave-123' })
})

test('a class that has a name of its own for people is written with it', async () => {
  const php = { properties: {}, displayName: 'Copia de productos' }

  const payload = await dispatched(
    defineJob('App\\Jobs\\Named', { php }, () => undefined),
    {},
    {},
  )

  assert.equal(JSON.parse(payload).displayName, 'Copia de productos')
  assert.equal(JSON.parse(payload).data.commandName, 'App\\Jobs\\Named')
})

test('a class without SerializesModels is written with all properties, in the order of its version', async () => {
  const php = { properties: { id: {}, opts: { default: [] } }, serializesModels: false }
  const plain = defineJob('Plain', { php }, () => undefined)

  const commandOf = async (version: LaravelVersion) =>
    readPayload(await dispatched(plain, { id: 5 }, { version })).command

  assert.equal(
    await commandOf(10),
    'O:5:"Plain":11:{s:2:"id";i:5;s:4:"opts";a:0:{}s:10:"connection";N;s:5:"queue";N;s:15:"chainConnection";N;s:10:"chainQueue";N;s:19:"chainCatchCallbacks";N;s:5:"delay";N;s:11:"afterCommit";N;s:10:"middleware";a:0:{}s:7:"chained";a:0:{}}',
  )
  assert.equal(
    await commandOf(13),
    'O:5:"Plain":15:{s:2:"id";i:5;s:4:"opts";a:0:{}s:10:"connection";N;s:5:"queue";N;s:12:"messageGroup";N;s:12:"deduplicator";N;s:13:"debounceOwner";s:0:"";s:15:"uniqueLockOwner";s:0:"";s:5:"delay";N;s:11:"afterCommit";N;s:10:"middleware";a:0:{}s:7:"chained";a:0:{}s:15:"chainConnection";N;s:10:"chainQueue";N;s:19:"chainCatchCallbacks";N;}',
  )
})

test('the keys of a class job are those of the version', async () => {
  const keysOf = async (version: LaravelVersion) => {
    const payload = JSON.parse(
      await dispatched(
        defineJob('Job', copyJob, () => undefined),
        { companyId: 1 },
        { version },
      ),
    )
    return [...Object.keys(payload), ...Object.keys(payload.data)].slice(8)
  }

  assert.deepEqual(await keysOf(8), ['retryUntil', 'data', 'commandName', 'command'])
  assert.deepEqual(await keysOf(12), ['retryUntil', 'data', 'createdAt', 'delay', 'commandName', 'command', 'batchId'])
  assert.deepEqual(await keysOf(13), [
    'retryUntil',
    'deleteWhenMissingModels',
    'data',
    'createdAt',
    'delay',
    'commandName',
    'command',
    'batchId',
  ])
})

for (const [title, data, message] of [
  ['a key that the class does not have', { companyId: 1, empresa: 2 }, /has no property empresa/],
  ['a property that is missing', { tenantId: 'a' }, /the property companyId is missing/],
  ['a list instead of properties', [1], /has its properties by name/],
  ['a date that nothing says how to write', { companyId: new Date() }, /has a Date, where plain values are needed/],
  ['a function', { companyId: () => 1 }, /it has a function/],
  ['half a surrogate pair', { companyId: '\ud800' }, /not well formed/],
  ['a key __proto__', { companyId: JSON.parse('{"__proto__":1}') }, /a key __proto__/],
  ['a whole number beyond 64 bits', { companyId: 2n ** 63n }, /beyond 64 bits/],
] as const) {
  test(`a class job with ${title} is refused`, async () => {
    await assert.rejects(
      dispatched(
        defineJob('Job', copyJob, () => undefined),
        data,
        {},
      ),
      { code: 'INVALID_PAYLOAD', message },
    )
  })
}

test('a version that is not known is refused', () => {
  const { connection } = recordingConnection()
  // @ts-expect-error It comes from a file of settings.
  const create = () => createQueue({ connection, laravel: { version: 7 } })

  assert.throws(create, { code: 'INVALID_OPTION' })
})

interface Said extends DispatchOptions {
  readonly version?: LaravelVersion
}

/** The payload that the dispatch writes. */
async function dispatched(
  job: JobDefinition<unknown>,
  data: unknown,
  { version = 11, ...options }: Said,
): Promise<string> {
  const { connection, pushed } = recordingConnection()
  const queue = createQueue({ connection, jobs: [job], laravel: { version, keys: [key] } })
  await queue.dispatch<unknown, unknown>(job, data, options)
  assert.equal(describePayload(pushed[0]?.payload ?? '').job, job.name)
  return pushed[0]?.payload ?? ''
}
