import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { transact } from '../../src/adapters/pg.ts'
import { postgresServer } from '../support/servers.ts'

test('a client that had a transaction in its pool has one of its own afterwards', {
  skip: !postgresServer,
}, async () => {
  assert.ok(postgresServer)
  await using database = await postgresServer.createDatabase()
  const pool = new pg.Pool({ ...database.settings, max: 1 })
  const happened: string[] = []

  await transact(pool, async (_, tx) => tx.afterCommit(() => void happened.push('pool')))
  const client = await pool.connect()
  await transact(client, async (_, tx) => tx.afterCommit(() => void happened.push('client')))
  client.release()
  await pool.end()

  assert.deepEqual(happened, ['pool', 'client'])
})
