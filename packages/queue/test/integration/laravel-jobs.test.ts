import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createQueue,
  defineJob,
  type JobContext,
  type JobOptions,
  MissingModelError,
  type QueueSettings,
} from '../../src/index.ts'
import { connectionKinds } from '../support/connections.ts'
import { copyJob } from '../support/laravel/classes.ts'
import facts from '../support/laravel/wire-vectors.json' with { type: 'json' }
import { wrappedConnection } from '../support/wrapped-connection.ts'

const copy = 'App\\Jobs\\CopyProductsToClientJob'
const keyOf = (text: string) => `base64:${Buffer.from(text).toString('base64')}`

test('a job that PHP dispatched reaches the handler that is registered for its class, with its data', async () => {
  const given: unknown[] = []
  await using run = await withClass(copy, copyJob, (data) => void given.push(data))
  for (const name of ['class-job', 'class-job-queue-delay', 'chain', 'batch']) await run.push(payloadOf(name))

  const { processed } = await run.queue.worker({ stopWhenEmpty: true, queues: ['default', 'copias'] }).run()

  assert.equal(processed, 6)
  assert.deepEqual(given, [
    { companyId: 5, tenantId: '9b2f0c1e-tenant' },
    { companyId: 6, tenantId: null },
    { companyId: 1, tenantId: 't1' },
    { companyId: 10, tenantId: 't' },
    // The rest of the chain.
    { companyId: 2, tenantId: 't2' },
    { companyId: 3, tenantId: 't3' },
  ])
  assert.deepEqual([await run.queue.jobs(), await run.queue.countFailed()], [[], 0])
})

test('an encrypted job runs where the key is known, with the key before the last one too', async () => {
  const given: unknown[] = []
  const laravel = { keys: [keyOf('of today, which is 32 bytes long'), keyOf('01234567890123456789012345678901')] }
  await using run = await withClass('App\\Jobs\\SecretJob', { laravel }, (data) => void given.push(data))
  await run.push(payloadOf('encrypted'))

  await run.drain()

  assert.deepEqual(given, [{ secret: 'clave-123' }])
})

test('an encrypted job fails with a sentence where no key is known, and is kept as it was', async () => {
  await using run = await withClass('App\\Jobs\\SecretJob', {}, () => assert.fail('It ran.'))
  await run.push(payloadOf('encrypted'))

  await run.drain()

  const [failed] = await run.queue.failed()
  assert.match(failed?.exception ?? '', /^InvalidPayloadError: .*its command is encrypted; give the APP_KEY/)
  assert.equal(failed?.payload, payloadOf('encrypted'))
})

test('a closure is not executed and fails with a sentence', async () => {
  await using run = await withClass(copy, copyJob, () => assert.fail('It ran.'))
  await run.push(payloadOf('closure'))

  await run.drain()

  assert.match((await run.queue.failed())[0]?.exception ?? '', /No handler is registered for "Closure \(gen\.php:20\)"/)
})

test('keys that this side does not know stay in the payload through release, failure and retry', async () => {
  const payload = `${payloadOf('class-job').slice(0, -1)},"tenant_id":"9b2f","illuminate:log:context":{"data":{"a":"i:1;"}}}`
  const seen: string[] = []
  await using run = await withClass(copy, { ...copyJob, tries: 2 }, async (_data, context) => {
    seen.push((await run.queue.jobs())[0]?.payload ?? '')
    if (context.attempt === 1 && seen.length === 1) return context.release(0)
    if (seen.length === 2) throw new Error('again')
  })
  await run.push(payload)

  await run.drain()
  seen.push((await run.queue.failed())[0]?.payload ?? '')
  await run.queue.retryAll()
  await run.drain()

  assert.deepEqual(seen, [payload, payload, payload, payload])
})

test('a job with retryUntil is tried until then, however many tries it has had', async () => {
  const until = Math.floor(Date.now() / 1000) + 3_600
  await using run = await withClass('Job', { tries: 1 }, (_data, { attempt }) => {
    if (attempt < 4) throw new Error('again')
  })
  await run.push(`{"uuid":"u","job":"Job","data":"","maxTries":2,"retryUntil":${until}}`)

  await run.drain()

  assert.deepEqual([run.attempts, await run.queue.countFailed()], [[1, 2, 3, 4], 0])
})

test('a job whose retryUntil is over fails without running', async () => {
  await using run = await withClass('Job', {}, () => assert.fail('It ran.'))
  await run.push('{"uuid":"u","job":"Job","data":"","retryUntil":1700000000}')

  await run.drain()

  assert.deepEqual(run.attempts, [])
  assert.match((await run.queue.failed())[0]?.exception ?? '', /^MaxAttemptsExceededError: /)
})

test('a job fails at so many errors as its maxExceptions, wherever they happened, though it has tries left', async () => {
  await using run = await withClass('Job', { tries: 9 }, (_data, context) => {
    // Released by itself once: that is no error.
    if (context.attempt === 1) return context.release(0)
    throw new Error('no')
  })
  // One that a worker of Laravel met.
  await run.shared.put('laravel_cache_job-exceptions:u', 'i:1;', 60)
  await run.push('{"uuid":"u","job":"Job","data":"","maxExceptions":3}')

  await run.drain()

  assert.deepEqual([run.attempts, await run.queue.countFailed()], [[1, 2, 3], 1])
  await run.queue.retryAll()
  await run.drain()
  assert.deepEqual(run.attempts.slice(3), [1, 2, 3, 4])
})

for (const [title, options, key] of [
  ['its payload says so', {}, ',"deleteWhenMissingModels":true'],
  ['its definition says so', { deleteWhenMissingModels: true }, ''],
] as const) {
  test(`a job whose model is gone ends quietly when ${title}`, async () => {
    await using run = await withClass('Job', { ...options, tries: 5 }, () => {
      throw new MissingModelError('The company 7 does not exist any more.')
    })
    await run.push(`{"uuid":"u","job":"Job","data":""${key}}`)

    await run.drain()

    assert.deepEqual([run.attempts, await run.queue.jobs(), await run.queue.countFailed()], [[1], [], 0])
  })
}

test('a job whose model is gone fails at once otherwise', async () => {
  await using run = await withClass('Job', { tries: 5 }, () => {
    throw new MissingModelError('The company 7 does not exist any more.')
  })
  await run.push('{"uuid":"u","job":"Job","data":""}')

  await run.drain()

  assert.deepEqual([run.attempts, await run.queue.countFailed()], [[1], 1])
})

/** A queue with a handler for one class, and the power to put a row there as PHP does. */
test('a member of a batch that is to run again and cannot be put back is not taken for done', async () => {
  await using run = await withClass(copy, { tries: 3, backoff: 0 }, () => {
    throw new Error('not yet')
  })
  await run.push(payloadOf('batch'))
  const connection = wrappedConnection(run.connection, {
    release: () => Promise.reject(new Error('The database is away.')),
  })
  const job = defineJob<unknown>(copy, { tries: 3 }, () => {
    throw new Error('not yet')
  })
  const queue = createQueue({ connection, jobs: [job] })
  queue.on('workerError', () => undefined)

  await queue.worker({ maxJobs: 1 }).run()

  assert.equal(await run.queue.countFailed(), 0)
  assert.equal((await run.queue.size()).reserved, 1)
})

test('a job whose model is gone ends with its chain', async () => {
  await using run = await withClass(copy, { deleteWhenMissingModels: true }, () => {
    throw new MissingModelError('the store')
  })
  await run.push(payloadOf('chain'))

  await run.drain()

  assert.deepEqual([await run.queue.jobs(), await run.queue.countFailed()], [[], 0])
})

test('a job past its deadline gets a new one with its retry', async () => {
  let ran = 0
  await using run = await withClass(copy, { retryUntil: () => new Date(Date.now() + 60_000) }, () => {
    ran += 1
  })
  await run.push(payloadOf('class-job').replace('"retryUntil":null', '"retryUntil":1'))
  await run.drain()
  assert.deepEqual([ran, await run.queue.countFailed()], [0, 1])

  await run.queue.retryAll()
  await run.drain()

  assert.deepEqual([ran, await run.queue.countFailed()], [1, 0])
})

async function withClass(
  name: string,
  { laravel, ...options }: JobOptions & Pick<QueueSettings, 'laravel'>,
  handler: (data: unknown, context: JobContext) => Promise<void> | void,
) {
  const opened = await (connectionKinds.find((kind) => kind.name === 'sqlite') ?? assert.fail('no sqlite')).open()
  const attempts: number[] = []
  const job = defineJob<unknown>(name, options, (data, context) => {
    attempts.push(context.attempt)
    return handler(data, context)
  })
  const queue = createQueue({ connection: opened.connection, jobs: [job], ...(laravel && { laravel }) })
  return {
    queue,
    attempts,
    connection: opened.connection,
    shared: opened.connection.shared,
    push: (payload: string) => opened.connection.push([{ queue: 'default', payload, due: { inSeconds: 0 } }]),
    drain: () => queue.worker({ stopWhenEmpty: true }).run(),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

function payloadOf(name: string): string {
  return facts.vectors.find((vector) => vector.case === name)?.payload ?? ''
}
