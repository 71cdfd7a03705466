import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../../../src/connection.ts'
import { claimIn } from '../../../src/connections/sql/claim.ts'
import { ClaimMemory } from '../../../src/connections/sql/claim-memory.ts'
import { ClockWatch } from '../../../src/connections/sql/clock-watch.ts'
import type { Driver, Executor } from '../../../src/drivers/driver.ts'
import { mysqlDriver } from '../../../src/drivers/mysql.ts'
import { postgresDriver } from '../../../src/drivers/postgres.ts'
import { retryAfter, serverKinds } from '../../support/connections.ts'

const request = { queues: ['default'], limit: 100 }
const job = { queue: 'default', payload: '{}', due: { inSeconds: 0 } }
const finished = 3_000
const isShort = (entries: number) => entries <= 2 * request.limit

/**
 * While a transaction is open that saw them, rows which are gone stay in the indexes: a backup or a forgotten session must
 * not make every claim walk over all that was finished since.
 */
for (const kind of serverKinds.filter(({ name }) => name === 'postgres')) {
  test('a claim on PostgreSQL does not walk over what was finished under an open snapshot', async () => {
    await using database = await kind.server.createDatabase()
    await using connection = kind.connect(database)
    await connection.migrate()
    await using reader = postgresDriver(database.settings, { connections: 1, deadlineSeconds: 60 })
    await using driver = postgresDriver(database.settings, { connections: 1, deadlineSeconds: 10 })

    const [onward, fromTheStart] = await reader.transaction(async (snapshot) => {
      await snapshot.query('set transaction isolation level repeatable read')
      await snapshot.query('select count(*) from jobs')
      const memory = new ClaimMemory()
      for (let count = 0; count < finished; count += request.limit) await work(connection, driver, memory)
      // Now and then a claim looks from the start: on a slow machine several that follow each other may.
      const counts: number[] = []
      while (counts.length < 30 && !counts.some(isShort)) counts.push(await work(connection, driver, memory))
      return [Math.min(...counts), await work(connection, driver, new ClaimMemory())]
    })

    assert.ok(isShort(onward), `${onward} entries were read`)
    // The negative twin: the same instrument sees what a claim without memory walks over.
    assert.ok(fromTheStart > finished, `${fromTheStart} entries were read`)
  })
}

/** No counter of these servers tells what a claim walks over: what it asks for has to do. */
for (const kind of serverKinds.filter(({ name }) => name !== 'postgres')) {
  test(`a claim on ${kind.name} asks for what lies behind the last one`, async () => {
    await using database = await kind.server.createDatabase()
    await using connection = kind.connect(database)
    await connection.migrate()
    await using driver = mysqlDriver(database.settings, { connections: 1, deadlineSeconds: 10 })
    await connection.push(Array.from({ length: 3 * request.limit }, () => job))
    const memory = new ClaimMemory()
    const first = await selectsOfClaim(driver, memory)
    const ranges = []
    // Now and then a claim looks from the start.
    for (let tries = 0; tries < 2; tries += 1) ranges.push(...(await selectsOfClaim(driver, memory)))

    assert.ok(!first.some(isOnward), first.join())
    assert.ok(ranges.some(isOnward), ranges.join())
  })
}

function isOnward(sql: string): boolean {
  return sql.includes('available_at = ?') && sql.includes('id > ?')
}

async function selectsOfClaim(driver: Driver, memory: ClaimMemory): Promise<readonly string[]> {
  const selects: string[] = []
  const dialect = await driver.dialect()
  await driver.transaction((executor) => {
    const query: Executor['query'] = (sql, parameters) => {
      selects.push(sql)
      return executor.query(sql, parameters)
    }
    const clock = new ClockWatch(retryAfter)
    return claimIn({ query }, request, { memory, clock, dialect, retryAfterSeconds: retryAfter })
  })
  return selects
}

/** Pushes, claims and completes jobs; answers how many entries of the index of ready jobs the claim read. */
async function work(connection: Connection, driver: Driver, memory: ClaimMemory): Promise<number> {
  await connection.push(Array.from({ length: request.limit }, () => job))
  const clock = new ClockWatch(retryAfter)
  const claiming = { memory, clock, dialect: await driver.dialect(), retryAfterSeconds: retryAfter }
  const { claimed, entries } = await driver.transaction(async (executor) => {
    const before = await entriesRead(executor)
    const claimed = await claimIn(executor, request, claiming)
    return { claimed, entries: (await entriesRead(executor)) - before }
  })
  assert.equal(claimed.length, request.limit)
  await connection.complete(claimed)
  return entries
}

/** Of this session, since it last told the server. */
async function entriesRead(executor: Executor): Promise<number> {
  const { rows } = await executor.query(
    `select pg_stat_get_xact_tuples_returned('jobs_ready_index'::regclass)::integer as entries`,
  )
  return Number(rows[0]?.entries)
}
