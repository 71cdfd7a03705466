import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import mysql from 'mysql2/promise'
import type { ClaimRequest, Connection, Reservation, Waiting } from '../../../src/connection.ts'
import { SqlConnection } from '../../../src/connections/sql/sql-connection.ts'
import type { Driver, Executor } from '../../../src/drivers/driver.ts'
import { mysqlDriver } from '../../../src/drivers/mysql.ts'
import { createQueue, defineJob } from '../../../src/index.ts'
import { type Guard, sourceWithout } from '../../chaos/harness/guards.ts'
import { serverKinds, withDialect } from '../../support/connections.ts'
import { eventually } from '../../support/eventually.ts'
import type { TestDatabase } from '../../support/servers.ts'
import { wrappedConnection } from '../../support/wrapped-connection.ts'

const readCommitted: Guard = {
  name: 'READ COMMITTED',
  changes: [
    { file: 'drivers/mysql.ts', find: 'isolation level read committed', replace: 'isolation level repeatable read' },
  ],
}
const delayed = 5_000
const batch = 100

/**
 * A claim that locks more than it takes makes workers and dispatchers wait for each other, and deadlock. Each case stands
 * behind jobs that are due later and have lower ids: the rows that a scan by id would walk over.
 */
for (const kind of serverKinds.filter(({ name }) => name === 'mariadb')) {
  describe(`the rows that a claim locks on ${kind.name}`, () => {
    for (const limit of [1, batch]) {
      test(`are the ${limit} it takes, each with its index entry`, async () => {
        await using measured = await openMeasured()

        const claimed = await measured.connection.claim({ queues: ['default'], limit })

        assert.equal(claimed.length, limit)
        assert.ok(measured.locked() >= limit, `only ${measured.locked()} rows are locked`)
        assert.ok(measured.locked() <= 3 + 2 * limit, `${measured.locked()} rows are locked`)
      })
    }

    test('are no more when it goes on where the last one ended and completes that one too', async () => {
      await using measured = await openMeasured()
      const request = { queues: ['default'], limit: batch }
      const first = await measured.connection.claim(request)

      const { claimed, lost } = await measured.connection.exchange(first, request)

      assert.deepEqual([claimed.length, lost], [batch, []])
      const ofBoth = 3 + 2 * 2 * batch
      assert.ok(measured.locked() <= ofBoth, `${measured.locked()} rows are locked`)
    })

    test('are none when only delayed jobs are there', async () => {
      await using measured = await openMeasured()
      await measured.database.query('delete from jobs where available_at <= unix_timestamp()')

      assert.deepEqual(await measured.connection.claim({ queues: ['default'], limit: batch }), [])

      assert.ok(measured.locked() <= 3, `${measured.locked()} rows are locked`)
    })

    // The negative twins: the same instrument sees what is not done here.
    test('would be thousands with the query of Laravel under its isolation level', async () => {
      await using database = await withDelayedInFront()
      const session = await mysql.createConnection(database.settings)
      await session.query('set session transaction isolation level repeatable read')
      await session.query('begin')
      await session.query(`
        select * from jobs
        where queue = 'default'
          and ((reserved_at is null and available_at <= unix_timestamp())
            or reserved_at <= unix_timestamp() - 90)
        order by id limit 1 for update skip locked`)

      const locked = await rowsLockedBy(database, String(session.threadId))
      await session.end()

      assert.ok(locked > delayed / 2, `${locked} rows are locked`)
    })

    test('would be thousands if the planner took the index on queue', async () => {
      await using measured = await openMeasured({ claimHint: 'force index (jobs_queue_index)' })

      await measured.connection.claim({ queues: ['default'], limit: batch })

      assert.ok(measured.locked() > 1_000, `${measured.locked()} rows are locked`)
    })

    test('would be a thousand where there are none to take, without READ COMMITTED', async () => {
      using source = sourceWithout(readCommitted)
      const changed: { readonly mysqlDriver: typeof mysqlDriver } = await import(join(source.path, 'drivers/mysql.ts'))
      await using measured = await openMeasured({}, changed.mysqlDriver)
      await measured.database.query('delete from jobs where available_at <= unix_timestamp()')

      await measured.connection.claim({ queues: ['default'], limit: batch })

      assert.ok(measured.locked() > 500, `${measured.locked()} rows are locked`)
    })

    async function openMeasured(
      less: Parameters<typeof withDialect>[1] = {},
      open: typeof mysqlDriver = mysqlDriver,
    ): Promise<Measured> {
      const database = await withDelayedInFront()
      let locked = 0
      const driver = withDialect(open(database.settings, { connections: 2, deadlineSeconds: 10 }), less)
      const measuring = beforeCommit(driver, async (executor) => {
        const { rows } = await executor.query('select connection_id() as thread')
        locked = await rowsLockedBy(database, String(rows[0]?.thread))
      })
      const connection = new SqlConnection(measuring, 90)
      return {
        connection,
        database,
        locked: () => locked,
        [Symbol.asyncDispose]: async () => {
          await connection[Symbol.asyncDispose]()
          await database[Symbol.asyncDispose]()
        },
      }
    }

    async function withDelayedInFront(): Promise<TestDatabase> {
      const database = await kind.server.createDatabase()
      await using connection = kind.connect(database)
      await connection.migrate()
      const job = (inSeconds: number) => ({ queue: 'default', payload: '{}', due: { inSeconds } })
      await connection.push(Array.from({ length: delayed }, () => job(3_600)))
      await connection.push(Array.from({ length: 1_000 }, () => job(0)))
      return database
    }
  })
}

for (const kind of serverKinds) {
  test(`a due row that somebody else locks does not keep a worker on ${kind.name} busy, and runs when it is free`, async () => {
    await using database = await kind.server.createDatabase()
    await using opened = kind.connect(database)
    await opened.migrate()
    const claims: number[] = []
    let questions = 0
    const connection = wrappedConnection(opened, {
      exchange: (completed: readonly Reservation[], request: ClaimRequest) => {
        claims.push(performance.now())
        return opened.exchange(completed, request)
      },
      nextDue: (waiting: Waiting) => {
        questions += 1
        return opened.nextDue(waiting)
      },
    } satisfies Partial<Connection>)
    const job = defineJob('Job', {}, () => worker.stop())
    const queue = createQueue({ connection, jobs: [job] })
    const worker = queue.worker({ sleep: 3_600, maxTime: 10 })
    await queue.dispatch(job, undefined)
    // The test has one session on its database.
    await database.query('begin')
    await database.query('select id from jobs for update')

    const running = worker.run()
    await eventually(() => longestBetween(claims) > 150, 5)
    const asked = { claims: claims.length, questions }
    await database.query('rollback')
    const { processed } = await running

    // A pause takes 15 ms at least and an eighth, give or take a quarter, of the time without work: so many fit before
    // one of 150 ms, however slow the machine is.
    assert.ok(asked.claims > 2 && asked.claims <= 40, `${asked.claims} claims`)
    assert.ok(asked.questions <= 2 * asked.claims, `${asked.questions} questions after ${asked.claims} claims`)
    assert.equal(processed, 1)
  })
}

interface Measured extends AsyncDisposable {
  readonly connection: Connection
  readonly database: TestDatabase
  /** Rows and index entries that the last transaction held when all its work was done. */
  locked(): number
}

function beforeCommit(driver: Driver, look: (executor: Executor) => Promise<void>): Driver {
  const looking: Driver['transaction'] = (work) =>
    driver.transaction(async (executor) => {
      const result = await work(executor)
      await look(executor)
      return result
    })
  return {
    label: driver.label,
    lanes: driver.lanes,
    dialect: () => driver.dialect(),
    forgetDialect: () => driver.forgetDialect(),
    explain: (error) => driver.explain(error),
    query: (sql, parameters) => driver.query(sql, parameters),
    change: (sql) => driver.change(sql),
    batch: driver.batch,
    transaction: looking,
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  }
}

function longestBetween(moments: readonly number[]): number {
  return Math.max(0, ...moments.slice(1).map((moment, index) => moment - (moments[index] ?? moment)))
}

/** From the server's status, because its list of transactions is refreshed only now and then. */
async function rowsLockedBy(database: TestDatabase, thread: string): Promise<number> {
  const [row] = await database.query('show engine innodb status')
  const transactions = String(row?.Status).split('---TRANSACTION ')
  const own = transactions.find((text) => text.includes(`thread id ${thread},`))
  return Number(own?.match(/(\d+) row lock\(s\)/)?.[1] ?? 0)
}
