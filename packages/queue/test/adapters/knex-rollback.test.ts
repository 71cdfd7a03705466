import assert from 'node:assert/strict'
import { test } from 'node:test'
import knex from 'knex'
import { transact } from '../../src/adapters/knex.ts'
import { postgresServer } from '../support/servers.ts'

test('a rollback by hand does not pass for a commit', { skip: !postgresServer }, async () => {
  assert.ok(postgresServer)
  await using database = await postgresServer.createDatabase()
  const db = knex({ client: 'pg', connection: { ...database.settings }, pool: { min: 0, max: 1 } })
  const happened: string[] = []

  const work = transact(db, async (trx, tx) => {
    tx.afterCommit(() => void happened.push('told'))
    await trx.rollback()
  })

  await assert.rejects(work)
  assert.deepEqual(happened, [])
  await db.destroy()
})
