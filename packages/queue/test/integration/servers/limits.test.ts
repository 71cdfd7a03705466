import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import v8 from 'node:v8'
import mysql2 from 'mysql2'
import type { Driver } from '../../../src/drivers/driver.ts'
import { mysqlDriver } from '../../../src/drivers/mysql.ts'
import { postgresDriver } from '../../../src/drivers/postgres.ts'
import { createQueue, defineJob, QueueError } from '../../../src/index.ts'
import { serverKinds } from '../../support/connections.ts'
import { eventually } from '../../support/eventually.ts'
import { faultProxy } from '../../support/fault-proxy.ts'

/** The most that the column `attempts` of Laravel's table holds. */
const highest: Readonly<Record<string, number>> = { mariadb: 255, mysql: 255, postgres: 32_767 }

for (const kind of serverKinds) {
  describe(`at the limits of ${kind.name}`, () => {
    test('a job whose attempts cannot be counted further fails, and keeps no other from running', async () => {
      await using database = await kind.server.createDatabase()
      const ran: number[] = []
      const job = defineJob<number>('Job', {}, (n) => void ran.push(n))
      await using queue = createQueue({ connection: kind.connect(database), jobs: [job] })
      await queue.migrate()
      await queue.pushMany(job, [1, 2, 3, 4])
      const ids = (await queue.jobs()).map(({ id }) => id)
      await database.query(`update jobs set attempts = ${highest[kind.name]} where id = ${ids[0]}`)
      await database.query(`update jobs set attempts = ${Number(highest[kind.name]) - 1} where id = ${ids[1]}`)

      await queue.worker({ stopWhenEmpty: true, tries: 0 }).run()

      assert.deepEqual(ran, [3, 4])
      const failed = await queue.failed()
      assert.equal(failed.length, 2)
      assert.ok(failed.every(({ exception }) => exception.startsWith('MaxAttemptsExceededError')))
      assert.deepEqual(await queue.jobs(), [])
    })

    test('jobs that are more together than a statement may be are pushed at once', async () => {
      await using database = await kind.server.createDatabase()
      await using connection = kind.connect(database)
      await connection.migrate()
      const payload = JSON.stringify('x'.repeat(500_000))

      await connection.push(Array.from({ length: 40 }, () => ({ queue: 'default', payload, due: { inSeconds: 0 } })))

      assert.equal((await connection.size('default')).pending, 40)
    })

    test('ids beyond what a number holds name their own job', async () => {
      await using database = await kind.server.createDatabase()
      await using connection = kind.connect(database)
      await connection.migrate()
      await database.query(nextId(kind.name, '9007199254740993'))
      const job = { queue: 'default', payload: '{}', due: { inSeconds: 0 } }

      const pushed = await connection.pushReserved('default', '{}')
      await connection.push([job, job])
      const claimed = await connection.claim({ queues: ['default'], limit: 2 })
      const [completed, left] = claimed
      assert.ok(completed && left)

      assert.deepEqual(
        [pushed, ...claimed].map(({ id }) => id.slice(-3)),
        ['993', '994', '995'],
      )
      assert.deepEqual(await connection.renew([pushed, ...claimed]), [])
      assert.deepEqual(await connection.complete([pushed, completed]), [])
      assert.deepEqual(
        (await connection.jobs({})).map(({ id }) => id),
        [left.id],
      )
    })

    test('six processes that migrate an empty database at once all succeed', async () => {
      await using database = await kind.server.createDatabase()
      const connections = Array.from({ length: 6 }, () => kind.connect(database, { connections: 1 }))

      await Promise.all(connections.map((connection) => connection.migrate()))

      await Promise.all(connections.map((connection) => connection[Symbol.asyncDispose]()))
      await using queue = createQueue({ connection: kind.connect(database) })
      assert.deepEqual(await queue.jobs(), [])
    })
  })
}

// MySQL cannot be told to end a transaction in which nothing happens.
for (const kind of serverKinds.filter(({ name }) => name !== 'mysql')) {
  test(`a process that hangs in a transaction on ${kind.name} loses its rows, and writes nothing afterwards`, async () => {
    await using database = await kind.server.createDatabase()
    await using connection = kind.connect(database)
    await connection.migrate()
    await connection.push([{ queue: 'default', payload: '{}', due: { inSeconds: 0 } }])
    const open = kind.name === 'postgres' ? postgresDriver : mysqlDriver
    await using driver = open(database.settings, { connections: 1, deadlineSeconds: 1 })
    const claim = () => connection.claim({ queues: ['default'], limit: 1 })
    const { promise: hanging, resolve: hangs } = Promise.withResolvers<void>()
    const { promise: waiting, resolve: goOn } = Promise.withResolvers<void>()
    const hung = driver.transaction(async (executor) => {
      await executor.query('update jobs set attempts = attempts + 10')
      assert.deepEqual(await claim(), [])
      hangs()
      await waiting
      await executor.query('update jobs set attempts = attempts + 100')
    })
    await Promise.race([hanging, hung])

    const claimed = await eventually(async () => (await claim())[0], 5).finally(goOn)
    await assert.rejects(hung, { problem: 'connection_lost' })

    assert.equal(claimed.attempts, 1)
    assert.deepEqual(
      (await database.query('select attempts from jobs')).map(({ attempts }) => Number(attempts)),
      [1],
    )
  })
}

for (const kind of serverKinds.filter(({ name }) => name === 'postgres')) {
  test('on PostgreSQL a claim that was given up does not happen later', async () => {
    await using database = await kind.server.createDatabase()
    await using connection = kind.connect(database, { connections: 2, deadline: 0.5 })
    await connection.migrate()
    await connection.push([{ queue: 'default', payload: '{}', due: { inSeconds: 0 } }])
    await database.query('begin')
    await database.query('lock table jobs')

    await assert.rejects(connection.claim({ queues: ['default'], limit: 1 }), { code: 'DATABASE_DEADLINE' })
    await database.query('commit')

    const [row] = await database.query('select count(reserved_at)::integer as reserved from jobs')
    assert.equal(row?.reserved, 0)
    assert.equal((await connection.claim({ queues: ['default'], limit: 1 })).length, 1)
  })
}

for (const kind of serverKinds) {
  const open = kind.name === 'postgres' ? postgresDriver : mysqlDriver

  test(`an answer of ${kind.name} that came while the thread was blocked for longer than the deadline counts`, async () => {
    await using database = await kind.server.createDatabase()
    await using driver = open(database.settings, { connections: 1, deadlineSeconds: 0.5 })
    await driver.query('select 1 as one')

    const answers: unknown[] = []
    for (const turns of [1, 2, 3]) {
      const asking = driver.query('select 1 as one').then(({ rows }) => Number(rows[0]?.one))
      for (let turn = 0; turn < turns; turn += 1) await nextTurn()
      blockThread(700)
      answers.push(await asking.catch(codeOf))
    }

    assert.deepEqual(answers, [1, 1, 1])
  })
}

for (const kind of serverKinds) {
  const [open, sleep, id] =
    kind.name === 'postgres'
      ? [postgresDriver, 'pg_sleep', 'pg_backend_pid()']
      : [mysqlDriver, 'sleep', 'connection_id()']

  test(`who waited too long for a session of ${kind.name} leaves it to the next`, async () => {
    await using database = await kind.server.createDatabase()
    await using driver = open(database.settings, { connections: 1, deadlineSeconds: 0.8 })
    const session = async () => (await driver.query(`select ${id} as id`)).rows[0]?.id
    const before = await session()

    const answers = await Promise.allSettled([1, 2, 3].map(() => driver.query(`select ${sleep}(0.5)`)))
    const after = await session()

    assert.deepEqual(
      answers.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    )
    assert.equal(after, before)
  })
}

for (const kind of serverKinds.filter(({ name }) => name !== 'postgres')) {
  const faults = { 'are reset while they are idle': 'reset', 'fall silent': 'blackhole' } as const

  for (const [what, fault] of Object.entries(faults)) {
    test(`nothing is kept of sessions of ${kind.name} that ${what}`, async () => {
      await using database = await kind.server.createDatabase()
      await using proxy = await faultProxy(kind.server.address)
      const { host, port } = proxy
      await using driver = mysqlDriver({ ...database.settings, host, port }, { connections: 3, deadlineSeconds: 0.3 })
      const ask = () => Promise.allSettled([1, 2, 3].map(() => driver.query('select 1')))

      for (let round = 0; round < 5; round += 1) {
        proxy.pass()
        await ask()
        proxy[fault]()
        // A reset is heard in the first turns; what is silent is given up at the deadline.
        for (let turn = 0; turn < 10; turn += 1) await nextTurn()
        if (fault === 'blackhole') await ask()
      }

      await eventually(() => sessions() <= 3)
    })
  }
}

for (const kind of serverKinds.filter(({ name }) => name !== 'postgres')) {
  test(`a list of ids on ${kind.name} finds each of them once, and leaves room to prepare what comes later`, async () => {
    await using database = await kind.server.createDatabase()
    await database.query('create table numbers (id bigint unsigned primary key)')
    const all = Array.from({ length: 150 }, (_, n) => String(n + 1))
    await database.query(`insert into numbers values (${all.join('), (')})`)
    await using driver = mysqlDriver(database.settings, { connections: 1, deadlineSeconds: 5 })
    const { oneOf } = await driver.dialect()
    const find = async (ids: readonly string[]) => {
      const { sql, parameters } = oneOf(ids)
      return (await driver.query(`select id from numbers where id ${sql} order by id`, parameters)).rows.length
    }

    const found: number[] = []
    for (const [index] of all.entries()) {
      const ids = all.slice(0, index + 1)
      await find(ids)
      found.push(await find(ids))
    }
    const before = await preparedBy(driver)
    for (const each of [1, 2, 3]) await driver.query('select id from numbers where id > ?', [each])
    const after = await preparedBy(driver)

    assert.deepEqual(found, all.map(Number))
    assert.equal(after - before, 1)
  })
}

function nextId(server: string, id: string): string {
  return server === 'postgres'
    ? `alter sequence jobs_id_seq restart with ${id}`
    : `alter table jobs auto_increment = ${id}`
}

async function preparedBy(driver: Driver): Promise<number> {
  const { rows } = await driver.query(`show session status like 'Com_stmt_prepare'`)
  return Number(rows[0]?.Value)
}

/** Those of `mysql2` that are not collected as garbage. */
function sessions(): number {
  return v8.queryObjects(mysql2.PoolConnection, { format: 'count' })
}

function codeOf(error: unknown): unknown {
  return error instanceof QueueError ? error.code : error
}

function blockThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
