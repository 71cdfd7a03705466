import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { mysql } from '../../../src/connections/mysql.ts'
import { postgres } from '../../../src/connections/postgres.ts'
import type { Driver } from '../../../src/drivers/driver.ts'
import { mysqlDriver } from '../../../src/drivers/mysql.ts'
import { postgresDriver } from '../../../src/drivers/postgres.ts'
import { type ServerKind, serverKinds } from '../../support/connections.ts'
import { eventually } from '../../support/eventually.ts'
import { faultProxy } from '../../support/fault-proxy.ts'
import { privateMariadb } from '../../support/private-servers.ts'
import { createMysqlDatabase, type TestDatabase } from '../../support/servers.ts'

/** Linux tells the timers of its sockets; elsewhere nothing does. */
const openSockets = '/proc/net/tcp'
const job = { queue: 'default', payload: '{}', due: { inSeconds: 0 } }

/** What a server or a database tells every session, and a queue cannot live with. */
for (const kind of [privateMariadb].filter((each) => each !== undefined)) {
  test(`what was acknowledged is there, although ${kind.name} commits nothing by itself`, async () => {
    await using server = await kind.launch()
    await using database = await createMysqlDatabase(server.address)
    await using direct = mysql(database.settings)
    await direct.migrate()
    await server.query(`set global autocommit = 0, global completion_type = 'CHAIN'`)

    await using connection = mysql(database.settings, { connections: 1 })
    await connection.push([job])
    await connection.push([job, job])
    await connection.push([job])

    const [row] = await server.query('select count(*) as jobs from jobs', database.settings.database)
    assert.equal(Number(row?.jobs), 4)
  })

  test(`a commit that ${kind.name} gives up leaves no transaction behind in the session`, async () => {
    await using server = await kind.launch()
    await using database = await createMysqlDatabase(server.address)
    await using driver = mysqlDriver(database.settings, { connections: 1, deadlineSeconds: 1 })
    await driver.change('create table numbers (n int primary key) engine=InnoDB')
    const isOpen = async () => Number((await driver.query('select @@in_transaction as open')).rows[0]?.open)
    const session = async () => (await driver.query('select connection_id() as id')).rows[0]?.id
    const before = await session()

    const inserting = driver.transaction(async (executor) => {
      await executor.query('insert into numbers values (1)')
      // Whoever commits from now on waits, and for longer than a statement may.
      await database.query('flush tables with read lock')
    })
    await assert.rejects(inserting, { code: 'DATABASE_DEADLINE' })
    await database.query('unlock tables')

    assert.equal(await session(), before)
    assert.equal(await isOpen(), 0)
    assert.deepEqual(await database.query('select n from numbers'), [])
  })
}

for (const kind of serverKinds.filter(({ name }) => name === 'postgres')) {
  test('a database of PostgreSQL that isolates more and promises less is worked as every other', async () => {
    await using database = await kind.server.createDatabase()
    const alter = `alter database ${database.settings.database} set`
    await database.query(`${alter} default_transaction_isolation = 'serializable'`)
    await database.query(`${alter} synchronous_commit = off`)
    await using driver = postgresDriver(database.settings, { connections: 1, deadlineSeconds: 5 })
    const look = `select current_setting('transaction_isolation') as isolation, current_setting('synchronous_commit') as commit`

    const alone = await driver.query(look)
    const within = await driver.transaction((executor) => executor.query(look))

    const expected = [{ isolation: 'read committed', commit: 'on' }]
    assert.deepEqual([alone.rows, within.rows], [expected, expected])
  })

  test('a database of PostgreSQL that waits for its standbys goes on waiting', async () => {
    await using database = await kind.server.createDatabase()
    await database.query(`alter database ${database.settings.database} set synchronous_commit = remote_apply`)
    await using driver = postgresDriver(database.settings, { connections: 1, deadlineSeconds: 5 })

    const { rows } = await driver.query(`select current_setting('synchronous_commit') as commit`)

    assert.deepEqual(rows, [{ commit: 'remote_apply' }])
  })

  test('a session that is never made ready gives its place to the next', async () => {
    await using database = await kind.server.createDatabase()
    await using proxy = await faultProxy(kind.server.address)
    const { host, port } = proxy
    const settings = { ...database.settings, host, port }
    await using connection = postgres(settings, { connections: 1, deadline: 3 })
    proxy.blackholeThoseWhoSend('pg_backend_pid')

    await assert.rejects(connection.migrate(), { code: 'DATABASE_DEADLINE' })
    proxy.pass()

    assert.equal(proxy.silenced, 1)
    await eventually(() =>
      connection.migrate().then(
        () => true,
        () => false,
      ),
    )
  })
}

// MySQL limits only statements that read.
for (const kind of serverKinds.filter(({ name }) => name !== 'mysql')) {
  test(`on ${kind.name} what was given up is not written later`, async () => {
    await using database = await kind.server.createDatabase()
    await using connection = kind.connect(database, { connections: 2, deadline: 0.5 })
    await connection.migrate()
    await lockTable(kind, database)

    await assert.rejects(connection.push([job]), { code: 'DATABASE_DEADLINE' })
    await unlockTable(kind, database)

    await eventually(async () => (await waitingInserts(kind, database)) === 0)
    assert.deepEqual(await database.query('select id from jobs'), [])
    await connection.push([job])
  })
}

for (const kind of existsSync(openSockets) ? serverKinds : []) {
  test(`a session of ${kind.name} is asked for a sign of life when it rests`, async () => {
    await using database = await kind.server.createDatabase()
    await using driver = openDriver(kind, database)

    const ports = async () => ({ own: await ownPort(kind, driver), server: database.settings.port })

    const seconds = await eventually(async () => keepAliveSeconds(await ports()))

    assert.ok(seconds <= 30, `${seconds} seconds`)
  })
}

for (const kind of serverKinds) {
  test(`a key that stays taken on ${kind.name} is told of after a few tries`, async () => {
    await using database = await kind.server.createDatabase()
    await using connection = kind.connect(database)
    await connection.migrate()
    await database.query('create unique index once on jobs (queue)')
    await connection.push([job])

    await assert.rejects(connection.push([job]), /duplicate/i)

    // Each try that was refused used up an id.
    await connection.push([{ ...job, queue: 'other' }])
    const ids = (await database.query('select id from jobs order by id')).map(({ id }) => Number(id))
    assert.equal(ids[0], 1)
    assert.ok(Number(ids[1]) <= 5, `the next id is ${ids[1]}`)
  })
}

for (const kind of serverKinds.filter(({ name }) => name !== 'postgres')) {
  test(`a row of ${kind.name} that somebody keeps locked is told of as such, after the deadline`, async () => {
    await using database = await kind.server.createDatabase()
    await using connection = kind.connect(database, { deadline: 2 })
    await connection.migrate()
    await connection.push([job])
    const claimed = await connection.claim({ queues: ['default'], limit: 1 })
    await database.query('begin')
    await database.query('select id from jobs for update')

    await assert.rejects(connection.complete(claimed), { code: 'DATABASE_BUSY' })

    await database.query('rollback')
    assert.deepEqual(await connection.complete(claimed), [])
  })
}

function openDriver(kind: ServerKind, database: TestDatabase): Driver {
  const open = kind.name === 'postgres' ? postgresDriver : mysqlDriver
  return open(database.settings, { connections: 1, deadlineSeconds: 5 })
}

async function lockTable({ name }: ServerKind, database: TestDatabase): Promise<void> {
  if (name === 'postgres') await database.query('begin')
  await database.query(name === 'postgres' ? 'lock table jobs' : 'lock tables jobs write')
}

async function unlockTable({ name }: ServerKind, database: TestDatabase): Promise<void> {
  await database.query(name === 'postgres' ? 'commit' : 'unlock tables')
}

async function waitingInserts({ name }: ServerKind, database: TestDatabase): Promise<number> {
  const sessions =
    name === 'postgres'
      ? `select 1 from pg_stat_activity where datname = current_database() and state = 'active' and query like 'insert%'`
      : `select 1 from information_schema.processlist where db = database() and info like 'insert%'`
  return (await database.query(sessions)).length
}

/** Of the client's side of the only session. */
async function ownPort({ name }: ServerKind, driver: Driver): Promise<number> {
  const sql =
    name === 'postgres'
      ? 'select inet_client_port() as port'
      : `select substring_index(host, ':', -1) as port from information_schema.processlist where id = connection_id()`
  return Number((await driver.query(sql)).rows[0]?.port)
}

/** Until the kernel asks the other side of a connection; undefined while its timer is another one. */
function keepAliveSeconds({ own, server }: { readonly own: number; readonly server: number }): number | undefined {
  const hex = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const line = readFileSync(openSockets, 'utf8')
    .split('\n')
    .map((each) => each.trim().split(/\s+/))
    // Another server may have a session from the same port.
    .find(([, local, remote]) => local?.endsWith(hex(own)) && remote?.endsWith(hex(server)))
  const [kind, jiffies] = line?.[5]?.split(':') ?? []
  return kind === '02' && jiffies !== undefined ? Math.max(1, Number.parseInt(jiffies, 16) / 100) : undefined
}
