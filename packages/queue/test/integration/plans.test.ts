import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgres } from '../../src/connections/postgres.ts'
import { postgresServer } from '../support/servers.ts'

if (postgresServer) {
  const server = postgresServer

  test('on PostgreSQL a worker that began on an empty table does not read all of it when it has grown', async () => {
    await using database = await server.createDatabase()
    {
      await using connection = postgres(database.settings, { connections: 1 })
      const work = async () => {
        await connection.push([{ queue: 'default', payload: '{}', due: { inSeconds: 0 } }])
        const claimed = await connection.claim({ queues: ['default'], limit: 10 })
        await connection.renew(claimed)
        await connection.complete(claimed)
        await connection.nextDue({ queues: ['default'] })
      }
      await connection.migrate()
      await database.query('alter table jobs set (autovacuum_enabled = false)')
      await work()
      await database.query('vacuum analyze jobs')
      // After five executions the server may keep a plan for good.
      for (let count = 0; count < 10; count += 1) await work()
      await database.query(
        `insert into jobs (queue, payload, attempts, available_at, created_at)
         select 'default', '{}', 0, 0, 0 from generate_series(1, 20000)`,
      )

      for (let count = 0; count < 5; count += 1) await work()
    }

    // A session hands its counters over when it ends.
    const [counters] = await database.query(
      `select seq_tup_read::integer as read from pg_stat_user_tables where relname = 'jobs'`,
    )
    assert.ok(Number(counters?.read) < 20_000, `${counters?.read} rows were read one after the other`)
  })
}
