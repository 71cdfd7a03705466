import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../../../src/connection.ts'
import { claimIn } from '../../../src/connections/sql/claim.ts'
import { ClaimMemory } from '../../../src/connections/sql/claim-memory.ts'
import { ClockWatch } from '../../../src/connections/sql/clock-watch.ts'
import type { Driver, Executor } from '../../../src/drivers/driver.ts'
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
