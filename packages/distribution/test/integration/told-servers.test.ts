import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { type PrivateServer, privateMariadb } from '../../../queue/test/support/private-servers.ts'
import { postgresServer, type TestDatabase } from '../../../queue/test/support/servers.ts'
import { verifyRun } from '../../src/copy/verify/verify.ts'
import { openCentral } from '../../src/database/open-central.ts'
import type { DatabaseAddress } from '../../src/database/open-database.ts'
import { type BedPlace, onMysql, onPostgres } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'

const mariadbSettings = [
  'autocommit = 0',
  "completion_type = 'CHAIN'",
  "sql_mode = 'ORACLE,EMPTY_STRING_IS_NULL'",
  'sql_select_limit = 10',
  'sql_safe_updates = 1',
  'max_join_size = 10',
]

if (privateMariadb)
  test('what a server of MariaDB was told for everybody changes nothing of a copy', async () => {
    await using server = await privateMariadb?.launch()
    assert.ok(server)
    const place = await placeOn(server, 'told')
    for (const setting of mariadbSettings) await server.query(`set global ${setting}`)

    await checkCopy(place)
    await checkKept(place.address)
  })

const postgresSettings = [
  'array_nulls = off',
  'extra_float_digits = -15',
  "default_transaction_isolation = 'serializable'",
]

if (postgresServer)
  test('what a database of PostgreSQL was told for everybody changes nothing of a copy', async () => {
    const database = (await postgresServer?.createDatabase()) ?? assert.fail('no server')
    for (const setting of postgresSettings)
      await database.query(`alter database ${database.settings.database} set ${setting}`)
    const place = onPostgres(database)

    assert.equal(await isolationOf(place.address), 'read committed')
    await checkCopy(place)
  })

async function placeOn(server: PrivateServer, name: string): Promise<BedPlace> {
  await server.query(`create database ${name}`)
  const database: TestDatabase = {
    settings: { ...server.address, database: name },
    query: (text) => server.query(text, name),
    [Symbol.asyncDispose]: async () => undefined,
  }
  return onMysql(database)
}

/** A first copy in two pages, and one after some prices have changed. */
async function checkCopy(place: BedPlace): Promise<void> {
  await using bed = await TestBed.open(place)
  await bed.addProducts(1_600)
  await sql`delete from inv_values where "itemId" % 50 = 0`.execute(bed.central)
  const registered = await bed.register()
  await bed.copy(registered)
  await sql`update inv_values set "values" = "values" + 10 where id % 4 = 0`.execute(bed.central)
  const again = await bed.copyAgain(registered.companyId)

  assert.deepEqual([again.state, again.updated, again.unchanged], ['completed', 384, 1_216])
  const verified = await verifyRun(bed, again)
  assert.deepEqual([verified?.checked, verified?.missing, verified?.altered], [1_600, 0, 0])
}

/** A statement by itself is committed when it is answered. */
async function checkKept(address: DatabaseAddress): Promise<void> {
  {
    await using db = await openCentral(address)
    await sql`create table kept (id int primary key)`.execute(db)
    await sql`insert into kept (id) values (1)`.execute(db)
  }
  await using db = await openCentral(address)
  assert.deepEqual((await sql`select id from kept`.execute(db)).rows, [{ id: 1 }])
}

async function isolationOf(address: DatabaseAddress): Promise<unknown> {
  await using db = await openCentral(address)
  const { rows } = await sql<{ level: string }>`select current_setting('transaction_isolation') as level`.execute(db)
  return rows[0]?.level
}
