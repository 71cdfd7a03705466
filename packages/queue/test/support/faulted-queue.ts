import type { DatabaseSync } from 'node:sqlite'
import type { Connection, Transaction } from '../../src/connection.ts'
import { mysql } from '../../src/connections/mysql.ts'
import { postgres } from '../../src/connections/postgres.ts'
import { SqlConnection } from '../../src/connections/sql/sql-connection.ts'
import type { Driver, Executor } from '../../src/drivers/driver.ts'
import type { Server } from '../../src/drivers/server-driver.ts'
import { sqliteDriver } from '../../src/drivers/sqlite.ts'
import { openSqliteFile } from '../../src/drivers/sqlite-file.ts'
import { faultyServer } from './faulty-server.ts'
import { faultySqlite, sqliteFaults } from './faulty-sqlite.ts'
import { mariadbFaults, postgresFaults } from './server-faults.ts'
import { mariadbServer, postgresServer, type TestDatabase, type TestServer } from './servers.ts'
import type { SourceModules } from './source-modules.ts'
import { type Fault, StatementFaults, type Strike } from './statement-faults.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A fresh, migrated queue whose statements fail as they are told to, and a way around the faults to look and to prepare. */
export interface FaultedQueue extends AsyncDisposable {
  /** Names of what can happen to a statement here. */
  readonly faults: readonly string[]
  /** The same, but from that statement on nothing works any more; without those after which the driver tries again. */
  readonly lastingFaults: readonly string[]
  /** Of those that happened. */
  readonly total: number
  /** So many statements there were so far. */
  readonly statements: number
  /** The column `key` of the cache tables. */
  readonly keyColumn: string
  /** What the column `attempts` holds at the most. */
  readonly mostAttempts: number
  /** What was found on sessions, or a file, that were handed out again; asking forgets it. */
  takeProblems(): readonly string[]
  /** A connection that remembers nothing yet, on the one driver that meets the faults. */
  connect(): Connection
  /** One transaction of the application, over a client of its own, which meets the faults too. */
  transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** The same tables, by a connection that no fault meets. */
  readonly clean: Connection
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** The `n`-th statement from now on, of those that contain the text, meets the fault. */
  arm(fault: string, n: number, text?: string): void
  /** What happened since `arm`. */
  disarm(): Strike | undefined
}

export interface FaultedQueueOptions {
  readonly modules: SourceModules
  readonly retryAfter: number
}

/** Throws where the server is not there. */
export async function faultedQueue(
  driver: 'sqlite' | 'mariadb' | 'postgres',
  options: FaultedQueueOptions,
): Promise<FaultedQueue> {
  const openers = {
    sqlite: () => onSqlite(options),
    mariadb: () => onServer(mariadbServer, mariadb, options),
    postgres: () => onServer(postgresServer, postgresql, options),
  }
  const queue = await openers[driver]()
  await queue.clean.migrate()
  return queue
}

interface Armable {
  arm(fault: string, n: number, text?: string): void
  disarm(): Strike | undefined
  readonly names: readonly string[]
  readonly lasting: readonly string[]
  readonly total: number
  readonly statements: number
}

function armable<Answer>(faults: StatementFaults<Answer>, single: readonly Fault<Answer>[]): Armable {
  const lasting = single
    .filter(({ isHealed, atRollback }) => !isHealed && !atRollback)
    .map((fault) => ({ ...fault, name: `${fault.name}, and so does what follows`, lasts: true as const }))
  const all = [...single, ...lasting]
  return {
    names: single.map(({ name }) => name),
    lasting: lasting.map(({ name }) => name),
    get total() {
      return faults.total
    },
    get statements() {
      return faults.statements
    },
    arm: (name, n, text) => {
      const fault = all.find((each) => each.name === name)
      if (!fault) throw new Error(`There is no fault called ${name}.`)
      faults.arm(fault, n, text)
    },
    disarm: () => faults.disarm(),
  }
}

interface Parts {
  readonly keyColumn: string
  readonly mostAttempts: number
  readonly faults: Armable
  readonly driver: Driver
  /** Of the application. */
  readonly client: Driver
  readonly clean: Connection
  readonly takeProblems: () => readonly string[]
  readonly query: FaultedQueue['query']
  readonly dispose: () => Promise<void>
}

function queueOf({ faults, driver, client, clean, ...parts }: Parts, { modules, retryAfter }: FaultedQueueOptions) {
  return {
    ...parts,
    clean,
    transact: <T>(work: (tx: Transaction) => Promise<T>) => transact(client, work),
    faults: faults.names,
    lastingFaults: faults.lasting,
    get total() {
      return faults.total
    },
    get statements() {
      return faults.statements
    },
    arm: faults.arm,
    disarm: faults.disarm,
    connect: () => new modules.sqlConnection.SqlConnection(driver, retryAfter),
    [Symbol.asyncDispose]: async () => {
      await driver[Symbol.asyncDispose]()
      await client[Symbol.asyncDispose]()
      await clean[Symbol.asyncDispose]()
      await parts.dispose()
    },
  }
}

/** As the adapters do it: what was to happen after the commit happens then, and not at all where there was none. */
async function transact<T>(client: Driver, work: (tx: Transaction) => Promise<T>): Promise<T> {
  let callbacks: (() => void | Promise<void>)[] = []
  const result = await client.transaction(async (executor) => {
    callbacks = []
    return inside(executor, (query) => work({ query, afterCommit: (callback) => callbacks.push(callback) }))
  })
  for (const callback of callbacks) await callback()
  return result
}

/** The client knows its own errors best, whatever the queue made of them. */
async function inside<T>(executor: Executor, work: (query: Transaction['query']) => Promise<T>): Promise<T> {
  let failure: { readonly error: unknown } | undefined
  const query: Transaction['query'] = (sql, parameters) =>
    executor.query(sql, parameters).catch((error: unknown) => {
      failure = { error }
      throw error
    })
  try {
    return await work(query)
  } catch (error) {
    throw failure ? failure.error : error
  }
}

async function onSqlite(options: FaultedQueueOptions): Promise<FaultedQueue> {
  const { modules, retryAfter } = options
  const folder = temporaryFolder()
  const path = `${folder.path}/queue.sqlite`
  const database = openHasty(path)
  const ofClient = openHasty(path)
  const looking = openHasty(path)
  const file = {
    get isTransaction() {
      return database.isTransaction || ofClient.isTransaction
    },
  }
  const statements = new StatementFaults<unknown>()
  const parts: Parts = {
    keyColumn: 'key',
    mostAttempts: 2_147_483_647,
    faults: armable(statements, sqliteFaults(file)),
    driver: modules.sqlite.sqliteDriver(path, { open: () => faultySqlite(database, statements) }),
    client: modules.sqlite.sqliteDriver(path, { open: () => faultySqlite(ofClient, statements) }),
    clean: new SqlConnection(sqliteDriver(path, { open: openHasty }), retryAfter),
    takeProblems: () => (file.isTransaction ? ['a transaction was left open'] : []),
    query: async (sql) => rowsOf(looking, sql),
    dispose: async () => {
      looking.close()
      folder[Symbol.dispose]()
    },
  }
  return queueOf(parts, options)
}

/** Nothing here is about the disk, which is not waited for. */
function openHasty(path: string): DatabaseSync {
  const database = openSqliteFile(path)
  database.exec('pragma synchronous = off')
  return database
}

function rowsOf(database: DatabaseSync, sql: string) {
  const statement = database.prepare(sql)
  if (statement.columns().length > 0) return statement.all()
  statement.run()
  return []
}

type DatabaseSettings = TestDatabase['settings']

/** What differs between the servers. */
interface ServerSide {
  readonly askOpen: string
  readonly keyColumn: string
  readonly mostAttempts: number
  readonly faultsOf: typeof mariadbFaults
  prepare?(database: TestDatabase): Promise<unknown>
  server(settings: DatabaseSettings, modules: SourceModules): Server
  connect(settings: DatabaseSettings, retryAfter: number): Connection
}

const driverOptions = { connections: 5, deadlineSeconds: 10 }

const mariadb: ServerSide = {
  askOpen: 'select @@in_transaction as open',
  keyColumn: '`key`',
  mostAttempts: 255,
  faultsOf: mariadbFaults,
  server: (settings, modules) => modules.mysql.mysqlServer(settings, driverOptions),
  connect: (settings, retryAfter) => mysql(settings, { retryAfter }),
}

const postgresql: ServerSide = {
  askOpen: 'select now() < statement_timestamp() as open',
  keyColumn: 'key',
  mostAttempts: 32_767,
  faultsOf: postgresFaults,
  // Nothing here is about the disk, which is not waited for.
  prepare: async ({ settings, query }) => {
    await query(`alter database ${settings.database} set synchronous_commit = off`)
    await query('set synchronous_commit = off')
  },
  server: (settings, modules) => modules.postgres.postgresServer(settings, driverOptions),
  connect: (settings, retryAfter) => postgres(settings, { retryAfter }),
}

async function onServer(
  testServer: TestServer | undefined,
  side: ServerSide,
  options: FaultedQueueOptions,
): Promise<FaultedQueue> {
  if (!testServer) throw new Error('The server of this driver cannot be reached.')
  const { modules, retryAfter } = options
  const database = await testServer.createDatabase()
  await side.prepare?.(database)
  const statements = new StatementFaults<Promise<unknown>>()
  const { DatabaseDeadlineError } = modules.errors
  const problems: string[] = []
  const server = faultyServer(side.server(database.settings, modules), {
    faults: statements,
    askOpen: side.askOpen,
    onDirty: (problem) => problems.push(problem),
  })
  const open = () => new modules.serverDriver.ServerDriver(server, { ...driverOptions, lanes: 1, batch: 1_000 })
  const parts: Parts = {
    keyColumn: side.keyColumn,
    mostAttempts: side.mostAttempts,
    faults: armable(
      statements,
      side.faultsOf(() => new DatabaseDeadlineError('the test', 10)),
    ),
    driver: open(),
    client: open(),
    clean: side.connect(database.settings, retryAfter),
    takeProblems: () => problems.splice(0),
    query: (sql) => database.query(sql),
    dispose: async () => database[Symbol.asyncDispose](),
  }
  return queueOf(parts, options)
}
