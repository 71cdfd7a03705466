import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvalidPayloadError } from '../../src/errors.ts'
import { type LaravelVersion, laravelFormats } from '../../src/laravel/formats.ts'
import { describePayload, prepareRetry, readPayload } from '../../src/laravel/payload.ts'
import { type PayloadFacts, type PayloadHead, payloadWriter } from '../../src/laravel/write-payload.ts'

const facts: PayloadHead & PayloadFacts = {
  uuid: '73dc0f0e-0000-4000-8000-000000000000',
  job: 'App\\Handlers\\Report@build',
  php: undefined,
  maxTries: null,
  maxExceptions: null,
  failOnTimeout: false,
  backoff: null,
  timeout: null,
  data: { a: 1, u: 'é/x', e: [] },
  createdAt: 1795449698,
  delay: null,
  retryUntil: null,
  deleteWhenMissingModels: false,
  queue: null,
  batchId: null,
}

const writePayload = (all: PayloadHead & PayloadFacts, version: LaravelVersion = 11): string =>
  payloadWriter(all, { format: laravelFormats[version], encrypter: undefined })(all)

test('a string job is written in the order and with the escaping of Laravel', () => {
  const upTo11 =
    '{"uuid":"73dc0f0e-0000-4000-8000-000000000000","displayName":"App\\\\Handlers\\\\Report","job":"App\\\\Handlers\\\\Report@build","maxTries":null,"maxExceptions":null,"failOnTimeout":false,"backoff":null,"timeout":null,"data":{"a":1,"u":"é\\/x","e":[]}'

  assert.equal(writePayload(facts), `${upTo11}}`)
  assert.equal(writePayload(facts, 13), `${upTo11},"createdAt":1795449698,"delay":null}`)
})

test('a list of backoffs travels as a text with commas', () => {
  const payload = readPayload(writePayload({ ...facts, maxTries: 3, backoff: [1, 5, 10], timeout: 30 }))

  assert.deepEqual([payload.maxTries, payload.backoff, payload.timeout], [3, [1, 5, 10], 30])
})

test('any JSON data survives writing and reading', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (data) => {
      const json = JSON.stringify(data)
      fc.pre(!json.includes('__proto__'))

      assert.equal(JSON.stringify(readPayload(writePayload({ ...facts, data })).data), json)
    }),
  )
})

test('a payload of an older Laravel without tries, timeout and creation is read', () => {
  const payload = readPayload('{"uuid":"u","job":"Report@fire","data":""}')

  assert.deepEqual(
    [payload.maxTries, payload.timeout, payload.backoff, payload.displayName],
    [null, null, null, 'Report@fire'],
  )
})

for (const [title, text] of [
  ['cut off', '{"uuid":"u","job":'],
  ['not an object', '["job"]'],
  ['null', 'null'],
  ['without a job', '{"uuid":"u"}'],
  ['without a uuid', '{"job":"a"}'],
  ['with a prototype', '{"uuid":"u","job":"a","data":{"__proto__":{"isAdmin":true}}}'],
] as const) {
  test(`a payload that is ${title} is refused and still described`, () => {
    assert.throws(() => readPayload(text), InvalidPayloadError)
    assert.equal(typeof describePayload(text).name, 'string')
  })
}

test('describing never throws, whatever the text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof describePayload(text).name === 'string'))
})

test('a retry resets a count of attempts and leaves every other text as it is', () => {
  assert.equal(
    prepareRetry('{"attempts":3,"x":"a\\/b"}', 100, () => null),
    '{"attempts":0,"x":"a\\/b"}',
  )
  assert.equal(
    prepareRetry('{"uuid" : "u"}', 100, () => null),
    '{"uuid" : "u"}',
  )
  assert.equal(
    prepareRetry('not json', 100, () => null),
    'not json',
  )
})

test('a retry sets a deadline anew that is over, and takes away one that nobody knows', () => {
  const over = '{"uuid":"u","job":"J","retryUntil":99}'

  assert.equal(
    prepareRetry(over, 100, (job) => (job === 'J' ? 500 : null)),
    '{"uuid":"u","job":"J","retryUntil":500}',
  )
  assert.equal(
    prepareRetry(over, 100, () => null),
    '{"uuid":"u","job":"J","retryUntil":null}',
  )
  assert.equal(
    prepareRetry(over, 98, () => null),
    over,
  )
})
