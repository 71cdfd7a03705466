import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { openApplication, openParts, PendingMigrationsError } from './app.ts'
import { type Config, readConfig } from './config.ts'
import { migrateCentral } from './migrations/migrate.ts'

test('the tables of the queue are made when the queue moves from memory to the database', async (t) => {
  const folder = await newFolder(t)
  await using first = await openApplication(configIn(folder, { QUEUE_CONNECTION: 'sync' }))
  assert.equal(first.config.queueConnection, 'sync')

  await using app = await openApplication(configIn(folder))

  assert.equal(await app.queue.countFailed(), 0)
})

test('a first start that was killed between the two schemas is completed by the next', async (t) => {
  const folder = await newFolder(t)
  await using killed = await openParts(configIn(folder))
  await migrateCentral(killed.central)

  await using app = await openApplication(configIn(folder))

  assert.deepEqual(await app.queue.size(), { pending: 0, delayed: 0, reserved: 0 })
})

test('a database that is behind is refused with the order to run, and left as it is', async (t) => {
  const folder = await newFolder(t)
  await using parts = await openParts(configIn(folder))
  await migrateCentral(parts.central)
  await sql`delete from kysely_migration where name = '0002-fixed-rows'`.execute(parts.central)

  await assert.rejects(openApplication(configIn(folder)), PendingMigrationsError)

  const tables = await parts.central.introspection.getTables()
  assert.ok(!tables.some(({ name }) => name === 'jobs'))
})

function configIn(folder: string, environment: NodeJS.ProcessEnv = {}): Config {
  return readConfig(environment, folder)
}

async function newFolder(t: { after(clean: () => Promise<unknown>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'surtidor-app-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}
