import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { faultProxy } from '../../../queue/test/support/fault-proxy.ts'
import { privateMariadb } from '../../../queue/test/support/private-servers.ts'
import { mariadbServer } from '../../../queue/test/support/servers.ts'
import { bedDrivers, placeFor } from '../../test/support/bed-place.ts'
import { bulklessRelay } from '../../test/support/bulkless-relay.ts'
import { type BulkRows, bulkUpsert } from './bulk-upsert.ts'
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
  describe(`rows in bulk on ${driver}`, () => {
    test('hold what was sent, whatever it is', async () => {
      await using table = await tableOn(driver)
      const words = [...awkward, null, ...awkward.map((word) => `${word}|${word}`)]

      await bulkUpsert(table.db, rowsOf(words.map((word, index) => [index + 1, word, 12_345_678_901, null])))

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

      await bulkUpsert(table.db, rowsOf(words.map((word, index) => [index + 1, word, 4, days[index] ?? null])))

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

      await bulkUpsert(table.db, rowsOf([]))
      await bulkUpsert(table.db, rowsOf([[7, 'sola', 4, null]]))

      assert.deepEqual(await table.words(), ['sola'])
    })

    test('a row that is there after all takes what the new one holds', async () => {
      await using table = await tableOn(driver)
      await bulkUpsert(table.db, rowsOf([[2, 'old', 3, null]]))

      await bulkUpsert(
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
      await bulkUpsert(table.db, rows)
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
        table.db.transaction().execute((trx) => bulkUpsert<Tables>(trx, page)),
        /too long|NOT NULL|value too long/i,
      )

      assert.deepEqual(await table.words(), [])
    })
  })
}

if (bedDrivers.includes('mariadb')) {
  test('MariaDB takes many rows as one command for the statement of one row', async () => {
    await using table = await tableOn('mariadb')

    await bulkUpsert(table.db, rowsOf(numbered(1, 33)))
    await bulkUpsert(table.db, rowsOf(numbered(34, 32)))

    // A command has to be prepared before it is sent: for a few rows that is no gain.
    assert.deepEqual(table.rowsOfStatements(), [1, 32])
    assert.equal((await table.words()).length, 65)
  })

  test('a command changes rows that are there, and of a row that is refused nothing stays', async () => {
    await using table = await tableOn('mariadb')
    await bulkUpsert(table.db, rowsOf(numbered(1, 40)))

    await bulkUpsert(table.db, rowsOf(numbered(21, 40).map(([id]) => [id, `new ${id}`, 4, null])))
    const tooLong = numbered(61, 40).map((row, index) => (index === 30 ? [61 + index, 'x'.repeat(31), 31, null] : row))
    await assert.rejects(bulkUpsert(table.db, rowsOf(tooLong)), /too long/)

    const expected = Array.from({ length: 60 }, (_, index) => (index < 20 ? `word ${index + 1}` : `new ${index + 1}`))
    assert.deepEqual(await table.words(), expected)
    assert.ok(table.rowsOfStatements().every((rows) => rows === 1))
  })

  test('texts of any length and numbers of any size come as they are', async () => {
    await using table = await tableOn('mariadb')
    const lengths = [0, 1, 82, 83, 84, 125, 126, 250, 251, 255, 256, 21_845, 40_000, 65_535]
    const texts = lengths.flatMap((length) => [
      'x'.repeat(length),
      `${'ñ'.repeat(length / 2)}`,
      '日'.repeat(length / 3),
    ])
    const numbers = [
      0,
      1,
      -1,
      2 ** 31,
      -(2 ** 31),
      2 ** 32,
      -(2 ** 32) - 1,
      Number.MAX_SAFE_INTEGER,
      -Number.MAX_SAFE_INTEGER,
    ]
    const rows = texts.map((text, index) => [index, null, numbers[index % numbers.length], text])

    await bulkUpsert(table.db, rowsOf([[2 ** 31 - 1, null, 1, ''], [-(2 ** 31), null, 1, ''], ...rows]))

    const stored = await table.db.selectFrom('words').select(['id', 'length', 'said_at']).orderBy('id').execute()
    assert.deepEqual([stored[0]?.id, stored.at(-1)?.id], [-(2 ** 31), 2 ** 31 - 1])
    assert.deepEqual(
      stored.slice(1, -1).map(({ id, length, said_at }) => [id, null, length, said_at]),
      rows,
    )
    assert.ok(table.rowsOfStatements().every((count) => count === 1))
  })

  test('a number that no column takes is named', async () => {
    await using table = await tableOn('mariadb')
    for (const [id, length] of [
      [2 ** 31, 1],
      [1.5, 1],
      [Number.NaN, 1],
      [1, 2 ** 53],
      [1, 0.5],
    ])
      await assert.rejects(bulkUpsert(table.db, rowsOf([...numbered(1, 40), [id, 'x', length, null]])), {
        name: 'RangeError',
        message: id === 1 ? /^length: / : /^id: /,
      })
    assert.deepEqual(await table.words(), [])
  })
}

if (mariadbServer)
  test('a command that is not answered is given up, and so is its connection', async () => {
    await using place = await placeFor('mariadb')
    assert.ok('host' in place.address)
    await using proxy = await faultProxy(place.address)
    const address = { ...place.address, host: proxy.host, port: proxy.port }
    await using table = await makeTable(address, { connections: 1, deadlineSeconds: 1 })
    await bulkUpsert(table.db, rowsOf(numbered(1, 40)))

    proxy.blackhole()
    const silent = bulkUpsert(table.db, rowsOf(numbered(41, 40)))
    await assert.rejects(silent, { code: 'PROTOCOL_SEQUENCE_TIMEOUT' })
    proxy.pass()
    await bulkUpsert(table.db, rowsOf(numbered(81, 40)))

    assert.deepEqual([proxy.silenced, (await table.words()).length], [1, 80])
    proxy.reset()
    await assert.rejects(bulkUpsert(table.db, rowsOf(numbered(121, 40))), /ECONNRESET|Connection lost/)
    proxy.pass()
    assert.equal((await table.words()).length, 80)
    proxy.dropReplyTo('insert into "words"')
    await assert.rejects(bulkUpsert(table.db, rowsOf(numbered(121, 40))), /ECONNRESET|Connection lost/)
    // It was carried out, and only the answer was lost.
    assert.deepEqual([proxy.dropped, (await table.words()).length], [1, 120])
  })

if (privateMariadb)
  describe('a server that offers no bulk', () => {
    for (const hidden of ['extensions', 'bulk'] as const)
      test(`gets statements where it offers no ${hidden}`, async () => {
        await using server = await serverWithWords()
        await using relay = await bulklessRelay(server.address, hidden)
        await using table = await makeTable({ ...server.address, host: relay.host, port: relay.port })

        await bulkUpsert(table.db, rowsOf(numbered(1, 40)))

        assert.deepEqual(table.rowsOfStatements(), [40])
        assert.equal((await table.words()).length, 40)
      })

    test('any more gets the rows again, as statements', async () => {
      await using server = await serverWithWords()
      await using relay = await bulklessRelay(server.address)
      relay.passOffers()
      await using table = await makeTable({ ...server.address, host: relay.host, port: relay.port })
      await bulkUpsert(table.db, rowsOf(numbered(1, 40)))
      relay.hideOffers()

      // What is known of the server is what this connection has told; the rows go over the next one.
      await table.db.connection().execute(() => bulkUpsert(table.db, rowsOf(numbered(41, 40))))

      assert.deepEqual(table.rowsOfStatements(), [1, 1, 40])
      assert.equal((await table.words()).length, 80)
    })
  })

if (privateMariadb)
  test('a server that takes little at once gets a page in pieces', async () => {
    await using server = await privateMariadb?.launch({ options: ['--max-allowed-packet=1M'] })
    assert.ok(server)
    await server.query('create database words')
    await using relay = await bulklessRelay(server.address)
    const words = Array.from({ length: 16_000 }, () => '🥑'.repeat(30))
    for (const { host, port } of [server.address, relay]) {
      await using table = await makeTable({ driver: 'mysql', ...server.address, host, port, database: 'words' })

      await bulkUpsert(table.db, rowsOf(words.map((word, index) => [index + 1, word, 30, null])))

      assert.deepEqual(await table.words(), words)
      await table.db.schema.dropTable('words').execute()
    }
  })

if (privateMariadb)
  test('a server that knows no backslashes and cuts what is too long gets values as they are, or none', async () => {
    await using server = await privateMariadb?.launch({ options: ['--sql-mode=NO_BACKSLASH_ESCAPES'] })
    assert.ok(server)
    await server.query('create database words')
    await using table = await makeTable({ driver: 'mysql', ...server.address, database: 'words' })
    const words = [...awkward, "' or 1 = 1 -- ", "\\' or 1 = 1 -- "]

    await bulkUpsert(table.db, rowsOf(words.map((word, index) => [index + 1, word, 1, null])))
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

/** A private MariaDB with an empty database. */
async function serverWithWords() {
  const server = await privateMariadb?.launch()
  assert.ok(server)
  await server.query('create database words')
  const address = { driver: 'mysql', ...server.address, database: 'words' } as const
  return { address, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
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

async function makeTable(address: Parameters<typeof openDatabase>[0], limits: Parameters<typeof openDatabase>[1] = {}) {
  const seen: string[] = []
  const log = ({ query }: { readonly query: { readonly sql: string } }) => void seen.push(query.sql)
  const db: Kysely<Tables> = await openDatabase<Tables>(address, { ...limits, log })
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
    /** How many rows each of the statements that wrote is for. */
    rowsOfStatements: () =>
      seen.filter((text) => text.startsWith('insert')).map((text) => text.match(/\(\?,\?,\?,\?\)/g)?.length),
    [Symbol.asyncDispose]: () => db.destroy(),
  }
}
