import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Connection } from '../../src/connection.ts'
import { mysql } from '../../src/connections/mysql.ts'
import { postgres } from '../../src/connections/postgres.ts'
import type { ServerOptions } from '../../src/connections/server-options.ts'
import { sqlite } from '../../src/connections/sqlite.ts'
import { sync } from '../../src/connections/sync.ts'
import type { Dialect, Driver } from '../../src/drivers/driver.ts'
import { mariadbServer, mysqlServer, postgresServer, type TestDatabase, type TestServer } from './servers.ts'
import { temporaryFolder } from './temporary-folder.ts'

export const retryAfter = 30

/** A fresh, migrated connection and the power to let time pass for it without waiting, or to set its clock back. */
export interface OpenedConnection extends AsyncDisposable {
  readonly connection: Connection
  /** Another connection to the same jobs, for whoever calls to close; the same one where they are in memory. */
  connectAgain(): Connection
  passTime(seconds: number): Promise<void>
  /** Runs a statement of the test itself, past the queue; undefined where there are no tables. */
  readonly execute?: (sql: string) => Promise<unknown>
}

export interface ConnectionKind {
  readonly name: string
  open(): Promise<OpenedConnection>
}

/** What connects to the database of a server, for the tests that need more than one connection to it. */
export interface ServerKind extends ConnectionKind {
  readonly server: TestServer
  connect(database: TestDatabase, options?: ServerOptions): Connection
}

const servers = [
  ...[mariadbServer, mysqlServer].filter((server) => server !== undefined).map((server) => mysqlKind(server)),
  ...[postgresServer].filter((server) => server !== undefined).map((server) => postgresKind(server)),
]

export const serverKinds: readonly ServerKind[] = servers

export const connectionKinds: readonly ConnectionKind[] = [
  { name: 'sync', open: openSync },
  { name: 'sqlite', open: openSqlite },
  ...servers,
]

/** The kinds whose jobs wait for a worker. */
export const workedKinds: readonly ConnectionKind[] = connectionKinds.filter(({ name }) => name !== 'sync')

async function openSync(): Promise<OpenedConnection> {
  let now = 1_795_449_605
  const connection = sync({ retryAfter, clock: { now: () => now } })
  return {
    connection,
    connectAgain: () => connection,
    passTime: async (seconds) => {
      now += seconds
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

/** The database's own clock decides what is due, so its rows grow older instead. */
async function openSqlite(): Promise<OpenedConnection> {
  const folder = temporaryFolder()
  const path = join(folder.path, 'queue.sqlite')
  const connection = sqlite(path, { retryAfter })
  await connection.migrate()
  return {
    connection,
    connectAgain: () => sqlite(path, { retryAfter }),
    execute: async (sql) => {
      using database = new DatabaseSync(path, { timeout: 5000 })
      database.exec(sql)
    },
    passTime: async (seconds) => {
      const database = new DatabaseSync(path, { timeout: 5000 })
      database.exec(olderJobs(seconds))
      for (const table of cacheTables) database.exec(olderCache(table, seconds))
      database.exec(olderSlots(seconds))
      database.exec(`update failed_jobs set failed_at = datetime(failed_at, '-${seconds} seconds')`)
      database.close()
    },
    [Symbol.asyncDispose]: async () => {
      await connection[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

function mysqlKind(server: TestServer): ServerKind {
  const connect: ServerKind['connect'] = ({ settings }, options) => mysql(settings, { retryAfter, ...options })
  return { name: server.name, server, connect, open: () => openOn(server, connect, olderMysqlFailures) }
}

function postgresKind(server: TestServer): ServerKind {
  const connect: ServerKind['connect'] = ({ settings }, options) => postgres(settings, { retryAfter, ...options })
  const olderFailures = (seconds: number) =>
    `update failed_jobs set failed_at = failed_at - interval '${seconds} seconds'`
  return { name: server.name, server, connect, open: () => openOn(server, connect, olderFailures) }
}

/** The driver, on a server that can do less. */
export function withDialect(driver: Driver, less: Partial<Dialect>): Driver {
  return {
    label: driver.label,
    lanes: driver.lanes,
    batch: driver.batch,
    dialect: async () => ({ ...(await driver.dialect()), ...less }),
    forgetDialect: () => driver.forgetDialect(),
    explain: (error) => driver.explain(error),
    query: (sql, parameters) => driver.query(sql, parameters),
    change: (sql) => driver.change(sql),
    transaction: (work) => driver.transaction(work),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  }
}

async function openOn(
  server: TestServer,
  connect: ServerKind['connect'],
  olderFailures: (seconds: number) => string,
): Promise<OpenedConnection> {
  const database = await server.createDatabase()
  const connection = connect(database)
  await connection.migrate()
  return {
    connection,
    connectAgain: () => connect(database),
    execute: (sql) => database.query(sql),
    passTime: async (seconds) => {
      await database.query(olderJobs(seconds))
      for (const table of cacheTables) await database.query(olderCache(table, seconds))
      await database.query(olderSlots(seconds))
      await database.query(olderFailures(seconds))
    },
    [Symbol.asyncDispose]: async () => {
      await connection[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

function olderJobs(seconds: number): string {
  const older = ['available_at', 'reserved_at', 'created_at'].map((column) => `${column} = ${column} - ${seconds}`)
  return `update jobs set ${older.join(', ')}`
}

const cacheTables = ['cache', 'cache_locks']

function olderCache(table: string, seconds: number): string {
  return `update ${table} set expiration = expiration - ${seconds}`
}

function olderSlots(seconds: number): string {
  return `update queue_slots set expires_at = expires_at - ${seconds}`
}

function olderMysqlFailures(seconds: number): string {
  return `update failed_jobs set failed_at = failed_at - interval ${seconds} second`
}
