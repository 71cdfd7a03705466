import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { serverKinds } from '../../support/connections.ts'

const rows = 120_000

/** What takes longer than the deadline of a statement on a table that somebody has used for years. */
for (const kind of serverKinds) {
  describe(`a table of ${rows} rows on ${kind.name}`, () => {
    test('is adopted and cleared, although a statement has half a second', async () => {
      await using database = await kind.server.createDatabase()
      await using patient = kind.connect(database)
      await patient.migrate()
      await database.query(kind.name === 'postgres' ? dropOnPostgres : 'alter table jobs drop index jobs_ready_index')
      for (const statement of fill(kind.name)) await database.query(statement)
      await using connection = kind.connect(database, { deadline: 0.5 })

      await connection.migrate()
      await connection.migrate()

      assert.equal(await connection.clear('old'), rows)
      assert.equal(await connection.flush(), rows)
      assert.equal((await connection.size('other')).pending, 1)
    })
  })
}

for (const kind of serverKinds) {
  test(`a change of the tables on ${kind.name} waits for a transaction that takes longer than a statement may`, async () => {
    await using database = await kind.server.createDatabase()
    await using patient = kind.connect(database)
    await patient.migrate()
    await database.query(kind.name === 'postgres' ? dropOnPostgres : 'alter table jobs drop index jobs_ready_index')
    await using connection = kind.connect(database, { deadline: 0.2 })
    await database.query('begin')
    await database.query(
      "insert into jobs (queue, payload, attempts, available_at, created_at) values ('other', 'x', 0, 0, 0)",
    )

    let isDone = false
    const migrating = connection.migrate().then(() => {
      isDone = true
    })
    await wait(1_000)
    assert.equal(isDone, false)
    await database.query('commit')
    await migrating

    assert.equal((await connection.size('other')).pending, 1)
  })
}

const dropOnPostgres = 'drop index jobs_ready_index; drop index jobs_reserved_index'

function fill(kind: string): readonly string[] {
  const isPostgres = kind === 'postgres'
  const numbers = isPostgres
    ? `generate_series(1, ${rows}) as numbers(n)`
    : `(select seq as n from seq_1_to_${rows}) as numbers`
  const number = isPostgres ? 'n::text' : 'n'
  const payload = 'x'.repeat(300)
  return [
    `insert into jobs (queue, payload, attempts, available_at, created_at) select 'old', '${payload}', 0, 0, 0 from ${numbers}`,
    `insert into jobs (queue, payload, attempts, available_at, created_at) values ('other', 'x', 0, 0, 0)`,
    `insert into failed_jobs (uuid, connection, queue, payload, exception, failed_at)
      select ${number}, 'database', 'old', '${payload}', 'x', now() from ${numbers}`,
  ]
}
