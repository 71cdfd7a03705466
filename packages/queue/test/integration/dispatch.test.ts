import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sqlite } from '../../src/connections/sqlite.ts'
import { sqliteDriver } from '../../src/drivers/sqlite.ts'
import { createQueue, defineJob, sync } from '../../src/index.ts'
import { connectionKinds } from '../support/connections.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const failing = defineJob<undefined>('Failing', {}, () => {
  throw new Error('no')
})
const job = defineJob<{ n: number; text?: string }>('Job', {}, () => undefined)

test('dispatching many writes all of them or none', async () => {
  const kind = connectionKinds.find(({ name }) => name === 'sqlite')
  await using opened = await (kind?.open() ?? Promise.reject(new Error('no sqlite')))
  const queue = createQueue({ connection: opened.connection, jobs: [job], maxPayloadBytes: 400 })
  const items = Array.from({ length: 700 }, (_, n) => ({ n }))

  const dispatched = await queue.pushMany(job, items)
  await assert.rejects(queue.pushMany(job, [{ n: 1 }, { n: 2, text: 'x'.repeat(400) }]), { code: 'PAYLOAD_TOO_LARGE' })

  assert.equal(new Set(dispatched.map(({ uuid }) => uuid)).size, 700)
  assert.equal((await queue.size()).pending, 700)
  assert.deepEqual(await queue.pushMany(job, []), [])
})

for (const kind of connectionKinds.filter(({ name }) => name !== 'sync')) {
  test(`${kind.name}: a job that is refused after others were written takes them back`, async () => {
    await using opened = await kind.open()
    const queue = createQueue({ connection: opened.connection, jobs: [job], maxPayloadBytes: 400 })
    const items = Array.from({ length: 1_200 }, (_, n) => ({ n, ...(n === 1_100 && { text: 'x'.repeat(400) }) }))

    await assert.rejects(queue.pushMany(job, items), { code: 'PAYLOAD_TOO_LARGE' })
    assert.deepEqual(await queue.size(), { pending: 0, delayed: 0, reserved: 0 })

    await queue.pushMany(job, items.slice(0, 1_100))
    assert.deepEqual(await queue.size(), { pending: 1_100, delayed: 0, reserved: 0 })
  })
}

test('in a transaction of the application a refused job keeps all others from being written', async () => {
  using folder = temporaryFolder()
  await using queue = createQueue({ connection: sqlite(join(folder.path, 'q.sqlite')), maxPayloadBytes: 400 })
  const items = Array.from({ length: 1_200 }, (_, n) => ({ n, ...(n === 1_100 && { text: 'x'.repeat(400) }) }))
  let statements = 0
  const tx = {
    query: async () => {
      statements += 1
      return { rows: [], changes: 0 }
    },
    afterCommit: () => assert.fail('Nothing was written.'),
  }

  await assert.rejects(queue.pushMany(job, items, { tx }), { code: 'PAYLOAD_TOO_LARGE' })

  assert.equal(statements, 0)
})

const tooMany = Array.from({ length: 100_001 }, (_, n) => ({ n }))

for (const [title, dispatch, code] of [
  ['data that is no JSON', (queue: Q) => queue.push('Job', { big: 1n }), 'INVALID_PAYLOAD'],
  ['a payload over the limit', (queue: Q) => queue.push('Job', 'x'.repeat(1_100_000)), 'PAYLOAD_TOO_LARGE'],
  ['a negative delay', (queue: Q) => queue.push('Job', 1, { delay: -1 }), 'INVALID_OPTION'],
  ['a delay of half a second', (queue: Q) => queue.push('Job', 1, { delay: 0.5 }), 'INVALID_OPTION'],
  ['a date that is none', (queue: Q) => queue.push('Job', 1, { delay: new Date('x') }), 'INVALID_OPTION'],
  [
    'a date after the column ends',
    (queue: Q) => queue.push('Job', 1, { delay: new Date('2106-03-01') }),
    'INVALID_OPTION',
  ],
  ['a queue name with a comma', (queue: Q) => queue.push('Job', 1, { queue: 'a,b' }), 'INVALID_OPTION'],
  ['an empty queue name', (queue: Q) => queue.push('Job', 1, { queue: '' }), 'INVALID_OPTION'],
  ['a uuid with spaces', (queue: Q) => queue.push('Job', 1, { uuid: 'a b' }), 'INVALID_OPTION'],
  ['more jobs than fit into a transaction', (queue: Q) => queue.pushMany(job, tooMany), 'INVALID_OPTION'],
  ['a pause that ends before it begins', (queue: Q) => queue.pause('default', -1), 'INVALID_OPTION'],
  ['a pause of no number', (queue: Q) => queue.pause('default', Number.NaN), 'INVALID_OPTION'],
  ['a pause whose key no table holds', (queue: Q) => queue.pause('x'.repeat(250)), 'INVALID_OPTION'],
] as const) {
  test(`${title} is refused and nothing is written`, async () => {
    using folder = temporaryFolder()
    await using queue = createQueue({ connection: sqlite(join(folder.path, 'q.sqlite')) })
    await queue.migrate()

    await assert.rejects(dispatch(queue), { code })

    assert.deepEqual(await queue.jobs(), [])
  })
}

type Q = ReturnType<typeof createQueue>

for (const [title, laravel] of [
  ['longer than half a key', { cachePrefix: 'x'.repeat(129) }],
  ['not to be printed', { cachePrefix: 'a\nb' }],
] as const) {
  test(`a prefix of the cache that is ${title} is refused`, () => {
    assert.throws(() => createQueue({ connection: sync(), laravel }), { code: 'INVALID_OPTION' })
  })
}

test('a queue in memory takes the same retryAfter as those in a database', () => {
  for (const retryAfter of [0, 1.5, Number.NaN, 86_401])
    assert.throws(() => sync({ retryAfter }), { code: 'INVALID_OPTION' })
})

test('a failing job is in exactly one table, also when failed_jobs cannot be written', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'q.sqlite')
  await using queue = createQueue({ connection: sqlite(path), jobs: [failing] })
  await queue.migrate()
  await queue.dispatch(failing, undefined)
  using database = new DatabaseSync(path)
  database.exec(`create trigger no_room before insert on failed_jobs begin select raise(abort, 'no room'); end`)

  await queue.worker({ once: true }).run()

  assert.equal((await queue.jobs()).length, 1)
  assert.equal(await queue.countFailed(), 0)
})

test('of many jobs none is written when one cannot be', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'q.sqlite')
  await using queue = createQueue({ connection: sqlite(path), jobs: [job] })
  await queue.migrate()
  using database = new DatabaseSync(path)
  database.exec(
    `create trigger full before insert on jobs when (select count(*) from jobs) >= 600 begin select raise(abort, 'full'); end`,
  )

  await assert.rejects(
    queue.pushMany(
      job,
      Array.from({ length: 700 }, (_, n) => ({ n })),
    ),
  )

  assert.deepEqual(await queue.jobs(), [])
})

test('a transaction holds the right to write from its beginning, and what it acknowledged is on disk', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'q.sqlite')
  await using driver = sqliteDriver(path)
  await driver.query('create table t (a)')
  using other = new DatabaseSync(path, { timeout: 0 })

  await driver.transaction(async (executor) => {
    await executor.query('select * from t')
    assert.throws(() => other.exec('insert into t values (1)'), { errcode: 5 })
    await executor.query('insert into t values (2)')
  })

  assert.deepEqual(Object.values((await driver.query('pragma synchronous')).rows[0] ?? {}), [2n])
  assert.equal(other.prepare('select count(*) as n from t').get()?.n, 1)
})

for (const [title, data] of [
  ['a function', () => 1],
  ['half a surrogate pair', { text: '\ud800' }],
  ['a key __proto__', JSON.parse('{"__proto__":1}')],
] as const) {
  test(`data with ${title} is refused, because no worker could read it`, async () => {
    await using queue = createQueue({ connection: sync() })

    await assert.rejects(queue.push('Job', data), { code: 'INVALID_PAYLOAD' })
  })
}

test('on the sync connection every one of many jobs runs, and each dispatch hears of its own', async () => {
  const seen: number[] = []
  const count = defineJob<number>('Count', {}, (n) => {
    seen.push(n)
    if (n === 2) throw undefined
  })
  await using queue = createQueue({ connection: sync(), jobs: [count] })

  await queue.pushMany(count, [1, 3, 5])
  await assert.rejects(queue.dispatch(count, 2), (error) => error === undefined)

  assert.deepEqual(seen, [1, 3, 5, 2])
})

test('a job dispatched for a date is delayed until then, and one for the past is due', async () => {
  using folder = temporaryFolder()
  await using queue = createQueue({ connection: sqlite(join(folder.path, 'q.sqlite')) })
  await queue.migrate()

  await queue.push('Job', 1, { delay: new Date(Date.now() + 3_600_000) })
  await queue.push('Job', 1, { delay: new Date(0) })
  await queue.push('Job', 1, { delay: new Date('2106-02-07T06:28:15Z') })

  assert.deepEqual(await queue.size(), { pending: 1, delayed: 2, reserved: 0 })
})

test('the tables have the columns and indexes of Laravel and our indexes beside them', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'q.sqlite')
  await using queue = createQueue({ connection: sqlite(path) })
  await queue.migrate()

  using database = new DatabaseSync(path)
  const columns = (table: string) =>
    database
      .prepare(`select name from pragma_table_info('${table}')`)
      .all()
      .map((row) => row.name)
  const indexes = (table: string) =>
    database
      .prepare(`select name from pragma_index_list('${table}') order by name`)
      .all()
      .map((row) => row.name)

  assert.deepEqual(columns('jobs'), ['id', 'queue', 'payload', 'attempts', 'reserved_at', 'available_at', 'created_at'])
  assert.deepEqual(columns('failed_jobs'), ['id', 'uuid', 'connection', 'queue', 'payload', 'exception', 'failed_at'])
  assert.deepEqual(indexes('jobs'), ['jobs_queue_index', 'jobs_ready_index', 'jobs_reserved_index'])
  assert.deepEqual(indexes('failed_jobs'), ['failed_jobs_uuid_unique'])
})

test('on the sync connection a job runs inside dispatch, which throws what the handler threw', async () => {
  const seen: unknown[] = []
  const nested = defineJob<number>('Nested', {}, (n) => void seen.push(n))
  const outer = defineJob<number>('Outer', { tries: 5 }, async (n) => {
    await queue.dispatch(nested, n + 1, { delay: 60 })
    if (n === 10) throw new Error('boom')
  })
  await using queue = createQueue({ connection: sync(), jobs: [outer, nested] })

  await queue.dispatch(outer, 1)
  await assert.rejects(queue.dispatch(outer, 10), /boom/)

  assert.deepEqual(seen, [2, 11])
  assert.equal(await queue.countFailed(), 1)
})

test('a file that is no database is refused with a sentence', () => {
  using folder = temporaryFolder()

  assert.throws(() => sqlite(folder.path), { code: 'DATABASE_UNUSABLE' })
  assert.throws(() => sqlite(import.meta.filename), { code: 'DATABASE_UNUSABLE', message: /not a SQLite database/ })
})
