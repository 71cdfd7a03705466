import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { DatabaseBusyError } from '@surtidor/queue'
import { Kysely, sql } from 'kysely'
import { nodeSqliteDialect } from './node-sqlite-dialect.ts'

interface Tables {
  notes: { text: string }
}

const fullDisk = { errcode: 13 } as const

test('a full disk is what the caller hears of, and the next transaction works', async (t) => {
  const db = await openFull(t)

  await assert.rejects(
    db.transaction().execute((trx) => insertTooMuch(trx)),
    fullDisk,
  )
  await sql`pragma max_page_count = 1000`.execute(db)
  await db.transaction().execute((trx) => trx.insertInto('notes').values({ text: 'later' }).execute())

  const notes = await db.selectFrom('notes').selectAll().execute()
  assert.deepEqual(
    notes.map(({ text }) => text),
    ['later'],
  )
})

test('a transaction whose work throws is rolled back', async (t) => {
  const db = await openFull(t)

  const work = db.transaction().execute(async (trx) => {
    await trx.insertInto('notes').values({ text: 'never' }).execute()
    throw new Error('on purpose')
  })

  await assert.rejects(work, /on purpose/)
  assert.deepEqual(await db.selectFrom('notes').selectAll().execute(), [])
})

test('a statement by itself waits for who is writing, as a transaction does', async (t) => {
  const { db, path } = await openFile(t)
  using other = new DatabaseSync(path)
  other.exec('begin immediate')
  setTimeout(() => other.exec('commit'), 300)

  await db.insertInto('notes').values({ text: 'later' }).execute()

  assert.equal((await db.selectFrom('notes').selectAll().execute()).length, 1)
})

test('a statement by itself that finds the file locked for too long says so', async (t) => {
  const { db, path } = await openFile(t, 0.1)
  using other = new DatabaseSync(path)
  other.exec('begin immediate')

  await assert.rejects(db.insertInto('notes').values({ text: 'never' }).execute(), DatabaseBusyError)
})

async function insertTooMuch(trx: Kysely<Tables>): Promise<void> {
  await trx
    .insertInto('notes')
    .values({ text: 'x'.repeat(100_000) })
    .execute()
}

/** SQLite answers «full» at its page limit as it does on a disk without space. */
async function openFull(t: Scope): Promise<Kysely<Tables>> {
  const { db } = await openFile(t)
  await sql`pragma max_page_count = 4`.execute(db)
  return db
}

interface Scope {
  after(clean: () => Promise<unknown>): void
}

async function openFile(t: Scope, busySeconds?: number) {
  const folder = await mkdtemp(join(tmpdir(), 'surtidor-dialect-'))
  const path = join(folder, 'notes.sqlite')
  const db = new Kysely<Tables>({ dialect: nodeSqliteDialect(path, busySeconds) })
  t.after(async () => {
    await db.destroy()
    await rm(folder, { recursive: true })
  })
  await sql`create table notes (text text not null)`.execute(db)
  return { db, path }
}

test('a statement that is kept writes to the table as it is by then, and what is read has the columns of then', async (t) => {
  const db = await openFull(t)
  await sql`pragma max_page_count = 1000`.execute(db)
  const write = (text: string) => db.insertInto('notes').values({ text }).execute()
  const read = () => db.selectFrom('notes').selectAll().orderBy('text').execute()
  await write('a')
  await read()

  await sql`alter table notes add column kind text default 'new'`.execute(db)
  await write('b')

  const notes = await read()
  assert.deepEqual(notes, [
    { text: 'a', kind: 'new' },
    { text: 'b', kind: 'new' },
  ])
})
