import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { DatabaseBusyError } from '@surtidor/queue'
import { Kysely, sql } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import { nodeSqliteDialect } from '../database/node-sqlite-dialect.ts'
import { migrateCentral, pendingCentralMigrations } from './migrate.ts'

test('two processes that migrate at once make one schema, and only one of them ran each migration', async (t) => {
  const path = await newPath(t)
  const [first, second] = [open(t, path), open(t, path)]

  const ran = await Promise.all([migrateCentral(first), migrateCentral(second)])

  assert.deepEqual(ran.map((names) => names.length === 0).toSorted(), [false, true])
  assert.deepEqual(await pendingCentralMigrations(first), { names: [], isNew: false })
})

test('a database that stays locked is named', async (t) => {
  const path = await newPath(t)
  using other = new DatabaseSync(path)
  other.exec('pragma journal_mode = wal; begin immediate')
  const db = open(t, path, 0.05)

  await assert.rejects(migrateCentral(db), (error) => {
    assert.ok(error instanceof DatabaseBusyError)
    assert.equal(error.database, path)
    return true
  })
})

test('a full disk is what the caller hears of, and nothing is half made', async (t) => {
  const db = open(t, await newPath(t))
  await sql`pragma max_page_count = 10`.execute(db)

  await assert.rejects(migrateCentral(db), { errcode: 13 })

  assert.deepEqual(await db.introspection.getTables({ withInternalKyselyTables: true }), [])
})

interface Scope {
  after(clean: () => Promise<unknown>): void
}

async function newPath(t: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'surtidor-migrate-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'central.sqlite')
}

function open(t: Scope, path: string, busySeconds?: number): Kysely<CentralTables> {
  const db = new Kysely<CentralTables>({ dialect: nodeSqliteDialect(path, busySeconds) })
  t.after(() => db.destroy())
  return db
}
