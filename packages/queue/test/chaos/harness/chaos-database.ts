import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { comesTrue } from '../../support/eventually.ts'
import type { PrivateServer } from '../../support/private-servers.ts'
import {
  createMysqlDatabase,
  createPostgresDatabase,
  mariadbServer,
  postgresServer,
  type TestDatabase,
  type TestServer,
} from '../../support/servers.ts'
import type { DatabaseState } from './checker.ts'
import { loadQueue, type Place } from './loaded-queue.ts'
import type { DriverName, ScenarioContext } from './scenario.ts'

type Rows = readonly Readonly<Record<string, unknown>>[]

/** A fresh, migrated database with a table `effects` beside the queue's, and a look at it past the queue. */
export interface ChaosDatabase extends AsyncDisposable {
  /** Where the programs find it. */
  readonly place: Place
  query(sql: string): Promise<Rows>
  /** What the checker needs. */
  state(): Promise<DatabaseState>
  /** What the database itself finds wrong with its files; empty when nothing is. */
  integrity(): Promise<readonly string[]>
}

/** Those that can be reached here. */
export const reachableDrivers: readonly DriverName[] = [
  'sqlite',
  ...(mariadbServer ? (['mariadb'] as const) : []),
  ...(postgresServer ? (['postgres'] as const) : []),
]

/** With `server` on one that the scenario has started itself, instead of the one that all tests share. */
export async function openChaosDatabase(
  { driver, folder, source }: Pick<ScenarioContext, 'driver' | 'folder' | 'source'>,
  server?: PrivateServer,
): Promise<ChaosDatabase> {
  const opened = await openers[driver](folder, server)
  const queue = await loadQueue(source, driver)
  await using connection = queue.connect(opened.place, { retryAfter: 90 })
  await connection.migrate()
  // No unique key: what is written twice must be seen.
  await opened.query('create table effects (uuid varchar(64) not null, attempt int not null, pid int not null)')
  return { ...opened, state: () => stateOf(opened) }
}

/** Waits until no job is left; answers false when there still are some after so many seconds. */
export async function isDrained(database: Pick<ChaosDatabase, 'query'>, seconds: number): Promise<boolean> {
  return comesTrue(() => hasNoJobs(database), seconds)
}

export async function hasNoJobs(database: Pick<ChaosDatabase, 'query'>): Promise<boolean> {
  return (await database.query('select id from jobs limit 1')).length === 0
}

type Opened = Omit<ChaosDatabase, 'state'>

async function stateOf({ query }: Opened): Promise<DatabaseState> {
  const effects = await query('select uuid from effects')
  const failed = await query('select uuid from failed_jobs')
  const waiting = await query('select payload from jobs')
  return {
    effects: effects.map(({ uuid }) => String(uuid)),
    failed: failed.map(({ uuid }) => String(uuid)),
    waiting: waiting.map(({ payload }) => String(JSON.parse(String(payload)).uuid)),
  }
}

const openers: Readonly<Record<DriverName, (folder: string, server?: PrivateServer) => Promise<Opened>>> = {
  sqlite: openSqlite,
  mariadb: async (_folder, server) =>
    openOn(await (server ? createMysqlDatabase(server.address) : sharedDatabase(mariadbServer)), checkMariadb),
  postgres: async (_folder, server) =>
    openOn(await (server ? createPostgresDatabase(server.address) : sharedDatabase(postgresServer)), checkPostgres),
}

function sharedDatabase(server: TestServer | undefined): Promise<TestDatabase> {
  if (!server) throw new Error('There is no such server here.')
  return server.createDatabase()
}

async function openSqlite(folder: string): Promise<Opened> {
  const path = join(folder, 'queue.sqlite')
  const database = new DatabaseSync(path, { timeout: 5_000 })
  const query = async (sql: string) => database.prepare(sql).all()
  return {
    place: path,
    query,
    integrity: async () =>
      (await query('pragma integrity_check')).map((row) => String(row.integrity_check)).filter((text) => text !== 'ok'),
    [Symbol.asyncDispose]: async () => database.close(),
  }
}

type Query = (sql: string) => Promise<Rows>

function openOn(database: TestDatabase, integrity: (query: Query) => Promise<readonly string[]>): Opened {
  return {
    place: database.settings,
    query: (sql) => database.query(sql),
    integrity: () => integrity((sql) => database.query(sql)),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

async function checkMariadb(query: Query): Promise<readonly string[]> {
  const tables = (await query('show tables')).map((row) => String(Object.values(row)[0]))
  const rows = await query(`check table ${tables.join(', ')} extended`)
  return rows.filter((row) => row.Msg_text !== 'OK').map((row) => `${row.Table}: ${row.Msg_text}`)
}

/** Every index against its table. Where the extension is not installed a full scan still meets what cannot be read. */
async function checkPostgres(query: Query): Promise<readonly string[]> {
  const tables = (await query(`select tablename from pg_tables where schemaname = 'public'`)).map(
    (row) => row.tablename,
  )
  for (const table of tables) await query(`select md5(string_agg(t::text, '')) from ${table} t`)
  const offered = await query(`select name from pg_available_extensions where name = 'amcheck'`)
  if (offered.length === 0) return []
  await query('create extension if not exists amcheck')
  const indexes = await query(
    `select c.oid::regclass::text as name from pg_class c
     join pg_index i on i.indexrelid = c.oid join pg_am a on a.oid = c.relam
     where a.amname = 'btree' and c.relnamespace = 'public'::regnamespace and i.indisvalid`,
  )
  const problems: string[] = []
  for (const { name } of indexes) {
    await query(`select bt_index_check('${name}'::regclass, true)`).catch((error: unknown) =>
      problems.push(`${name}: ${error}`),
    )
  }
  return problems
}
