import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { privateMariadb } from '../../../queue/test/support/private-servers.ts'
import { bedDrivers, placeFor } from '../../test/support/bed-place.ts'
import { type BulkRows, bulkInsert, bulkUpsert } from './bulk-upsert.ts'
import { dialectOf } from './dialect.ts'
import { openDatabase } from './open-database.ts'

interface Tables {
  words: { id: number; word: string | null; length: number; said_at: string | null }
}

/** Whatever could be taken for the end of a field, of a row, of the text, or for no value. */
const awkward = [
  '\t',
  'a\tb',
  'a\nb',
  '\\',
  '\\N',
  '\\t',
  'a\\',
  '',
  ' ',
  'null',
  "'",
  '"',
  'a\r\nb',
  'ñ',
  '日本',
  '🥑',
  ';--',
]

function numbered(first: number, count: number) {
  return Array.from({ length: count }, (_, index) => [first + index, `word ${first + index}`, 4, null])
}

for (const driver of bedDrivers) {
  describe(`rows that are inserted in bulk on ${driver}`, () => {
    test('hold what was sent, whatever it is', async () => {
      await using table = await tableOn(driver)
      const words = [...awkward, null, ...awkward.map((word) => `${word}|${word}`)]

      await bulkInsert(table.db, rowsOf(words.map((word, index) => [index + 1, word, 12_345_678_901, null])))

      const stored = await table.db.selectFrom('words').selectAll().orderBy('id').execute()
      assert.deepEqual(
        stored.map(({ word }) => word),
        words,
      )
      assert.ok(stored.every((row) => row.length === 12_345_678_901 && row.said_at === null))
    })

    test('hold what was sent where a column changes only after a thousand rows, and changes back', async () => {
      await using table = await tableOn(driver)
      const words = Array.from({ length: 3_000 }, (_, index) => (index >= 1_000 && index < 2_000 ? `w${index}` : null))
      const days = words.map((_, index) => (index === 2_500 ? '2026-11-27 00:00:00' : null))

      await bulkInsert(table.db, rowsOf(words.map((word, index) => [index + 1, word, 4, days[index] ?? null])))

      const stored = await table.db.selectFrom('words').select(['word', 'said_at']).orderBy('id').execute()
      assert.deepEqual(
        stored.map(({ word }) => word),
        words,
      )
      assert.deepEqual(
        stored.flatMap(({ said_at }, index) => (said_at === null ? [] : [index])),
        [2_500],
      )
    })

    test('one row alone is a page too, and no row is none', async () => {
      await using table = await tableOn(driver)

      await bulkInsert(table.db, rowsOf([]))
      await bulkInsert(table.db, rowsOf([[7, 'sola', 4, null]]))

      assert.deepEqual(await table.words(), ['sola'])
    })

    test('a row that is there after all takes what the new one holds', async () => {
      await using table = await tableOn(driver)
      await bulkInsert(table.db, rowsOf([[2, 'old', 3, null]]))

      await bulkInsert(
        table.db,
        rowsOf([
          [1, 'one', 3, null],
          [2, 'two', 3, null],
          [3, 'three', 5, null],
        ]),
      )

      assert.deepEqual(await table.words(), ['one', 'two', 'three'])
    })

    test('may be more than a statement takes', async () => {
      await using table = await tableOn(driver)
      const words = Array.from({ length: 20_000 }, (_, index) => `word ${index}`)

      const rows = rowsOf(words.map((word, index) => [index + 1, word, 40_000, null]))
      await bulkInsert(table.db, rows)
      await bulkUpsert(table.db, { ...rows, rows: rows.rows.map(([id, word]) => [id, word, 50_000, null]) })

      const stored = await table.db.selectFrom('words').select(['word', 'length']).orderBy('id').execute()
      assert.deepEqual(
        stored.map(({ word }) => word),
        words,
      )
      assert.ok(stored.every(({ length }) => length === 50_000))
    })

    test('a value that does not fit is refused, and nothing of its page stays', async () => {
      await using table = await tableOn(driver)
      const page = rowsOf([
        [1, 'fits', 4, null],
        // In SQLite any text fits, but not the lack of one.
        driver === 'sqlite' ? [2, 'two', null, null] : [2, 'x'.repeat(40), 40, null],
      ])

      await assert.rejects(
        table.db.transaction().execute((trx) => bulkInsert<Tables>(trx, page)),
        /too long|NOT NULL|value too long/i,
      )

      assert.deepEqual(await table.words(), [])
    })
  })
}

if (bedDrivers.includes('mariadb'))
  test('MariaDB takes rows as a file, which a statement would take twice as long for', async () => {
    await using table = await tableOn('mariadb')

    await bulkInsert(table.db, rowsOf(numbered(1, 33)))
    await bulkInsert(table.db, rowsOf(numbered(34, 32)))

    // A file is asked for before it is sent: for a few rows that is no gain.
    assert.deepEqual(table.statements(), ['load', 'insert'])
    assert.equal((await table.words()).length, 65)
  })

if (privateMariadb)
  test('a server that takes no files gets statements, and is asked only once', async () => {
    await using server = await privateMariadb?.launch({ options: ['--local-infile=0'] })
    assert.ok(server)
    await server.query('create database words')
    await using table = await makeTable({ driver: 'mysql', ...server.address, database: 'words' })

    await bulkInsert(table.db, rowsOf(numbered(1, 40)))
    await bulkInsert(table.db, rowsOf(numbered(41, 40)))

    assert.equal((await table.words()).length, 80)
    assert.deepEqual(table.statements(), ['load', 'insert', 'insert'])
    const [refused] = await server.query("show global status like 'Com_load'")
    assert.equal(refused?.Value, '1')
  })

if (privateMariadb)
  test('a server that takes little at once gets a page in pieces', async () => {
    const options = ['--local-infile=0', '--max-allowed-packet=1M']
    await using server = await privateMariadb?.launch({ options })
    assert.ok(server)
    await server.query('create database words')
    await using table = await makeTable({ driver: 'mysql', ...server.address, database: 'words' })
    const words = Array.from({ length: 16_000 }, () => '🥑'.repeat(30))

    await bulkInsert(table.db, rowsOf(words.map((word, index) => [index + 1, word, 30, null])))

    assert.deepEqual(await table.words(), words)
  })

if (privateMariadb)
  test('a server that knows no backslashes and cuts what is too long gets values as they are, or none', async () => {
    await using server = await privateMariadb?.launch({ options: ['--sql-mode=NO_BACKSLASH_ESCAPES'] })
    assert.ok(server)
    await server.query('create database words')
    await using table = await makeTable({ driver: 'mysql', ...server.address, database: 'words' })
    const words = [...awkward, "' or 1 = 1 -- ", "\\' or 1 = 1 -- "]

    await bulkInsert(table.db, rowsOf(words.map((word, index) => [index + 1, word, 1, null])))
    for (const [index, word] of words.entries())
      await bulkUpsert(table.db, rowsOf([[words.length + index + 1, word, 1, null]]))

    assert.deepEqual(await table.words(), [...words, ...words])
    await assert.rejects(bulkUpsert(table.db, rowsOf([[99, 'x'.repeat(40), 1, null]])), /too long/)
  })

function rowsOf(rows: readonly (readonly unknown[])[]): BulkRows {
  return {
    table: 'words',
    columns: ['id', 'word', 'length', 'said_at'],
    types: ['int', 'text', 'bigint', 'text'],
    rows,
    key: ['id'],
    update: ['word', 'length'],
  }
}

async function tableOn(driver: (typeof bedDrivers)[number]) {
  const place = await placeFor(driver)
  const table = await makeTable(place.address)
  return {
    ...table,
    async [Symbol.asyncDispose]() {
      await table[Symbol.asyncDispose]()
      await place[Symbol.asyncDispose]()
    },
  }
}

async function makeTable(address: Parameters<typeof openDatabase>[0]) {
  const seen: string[] = []
  const db: Kysely<Tables> = await openDatabase<Tables>(address, { log: ({ query }) => seen.push(query.sql) })
  const table = db.schema
    .createTable('words')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('word', 'varchar(30)')
    .addColumn('length', 'bigint', (column) => column.notNull())
    .addColumn('said_at', 'text')
  await (dialectOf(db) === 'mysql' ? table.modifyEnd(sql`default character set utf8mb4`) : table).execute()
  return {
    db,
    words: async () => (await db.selectFrom('words').select('word').orderBy('id').execute()).map(({ word }) => word),
    /** The first words of those that wrote. */
    statements: () => seen.flatMap((text) => /^(load|insert)/.exec(text)?.[0] ?? []),
    [Symbol.asyncDispose]: () => db.destroy(),
  }
}
