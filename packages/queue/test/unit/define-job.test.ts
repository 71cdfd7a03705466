import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createQueue,
  DuplicateJobError,
  defineJob,
  InvalidJobDefinitionError,
  type Schema,
  sync,
} from '../../src/index.ts'

const handler = () => undefined

for (const [title, options] of [
  ['negative tries', { tries: -1 }],
  ['more tries than the column can count', { tries: 256 }],
  ['a fraction of a second as timeout', { timeout: 0.5 }],
  ['a timeout of days', { timeout: 90_000 }],
  ['a backoff that is not a number', { backoff: [1, Number.NaN] }],
  ['more backoffs than tries', { backoff: Array.from({ length: 256 }, () => 1) }],
  ['a lock that is over before it begins', { unique: { for: -1 } }],
  ['a lock for ever', { unique: { for: Number.POSITIVE_INFINITY } }],
  ['a pause of no number between two looks', { withoutOverlapping: { releaseAfter: Number.NaN } }],
  ['a lock for ten years while it runs', { withoutOverlapping: { expiresAfter: 315_360_000 } }],
] as const) {
  test(`a job with ${title} is refused`, () => {
    assert.throws(() => defineJob('Job', options, handler), InvalidJobDefinitionError)
  })
}

test('a job needs a printable name', () => {
  for (const name of ['', 'a\nb', 'x'.repeat(256)])
    assert.throws(() => defineJob(name, {}, handler), InvalidJobDefinitionError)
})

test('two jobs of one name are refused', () => {
  const jobs = [defineJob('Job', {}, handler), defineJob('Job', {}, handler)]

  assert.throws(() => createQueue({ connection: sync(), jobs }), DuplicateJobError)
})

test('the types of a schema reach dispatch and handler', async () => {
  const seen: number[] = []
  const length: Schema<{ text: string }, { length: number }> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) =>
        typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'
          ? { value: { length: value.text.length } }
          : { issues: [{ message: 'expected text', path: ['text'] }] },
    },
  }
  const job = defineJob('Length', { schema: length }, (data) => {
    seen.push(data.length)
  })
  await using queue = createQueue({ connection: sync(), jobs: [job] })

  await queue.dispatch(job, { text: 'cuatro' })
  // @ts-expect-error the data must fit the schema
  const misfit = queue.dispatch(job, { words: 1 })
  await assert.rejects(misfit, /The data of Length does not fit its schema: text: expected text/)

  assert.deepEqual(seen, [6])
})
