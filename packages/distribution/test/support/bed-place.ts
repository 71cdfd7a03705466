import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from '@surtidor/queue'
import { mysql } from '@surtidor/queue/mysql'
import { postgres } from '@surtidor/queue/postgres'
import { sqlite } from '@surtidor/queue/sqlite'
import { CompiledQuery } from 'kysely'
import { mariadbServer, mysqlServer, postgresServer, type TestDatabase } from '../../../queue/test/support/servers.ts'
import { type DatabaseAddress, openDatabase } from '../../src/database/open-database.ts'
import { mysqlHosting } from '../../src/tenancy/mysql-hosting.ts'
import { postgresHosting } from '../../src/tenancy/postgres-hosting.ts'
import { runAlone } from '../../src/tenancy/server-connection.ts'
import { sqliteHosting } from '../../src/tenancy/sqlite-hosting.ts'
import type { Credentials, StoreHosting } from '../../src/tenancy/store-hosting.ts'

export type BedDriver = 'sqlite' | 'mariadb' | 'mysql' | 'postgres'

/** Where a system for tests has its databases. */
export interface BedPlace extends AsyncDisposable {
  readonly address: DatabaseAddress
  readonly hosting: StoreHosting
  /** The same, with the rights of another user. */
  hostingAs(user: Credentials): StoreHosting
  readonly installation: string
  readonly connection: Connection
  /** Those that stores had: they belong to the whole server, and stay when databases are dropped. */
  dropUsers(names: readonly string[]): Promise<void>
}

const servers = { mariadb: mariadbServer, mysql: mysqlServer, postgres: postgresServer }

/** Those that can be reached here. */
export const bedDrivers: readonly BedDriver[] = [
  'sqlite',
  ...(['mariadb', 'mysql', 'postgres'] as const).filter((name) => servers[name] !== undefined),
]

export async function placeFor(driver: BedDriver): Promise<BedPlace> {
  if (driver === 'sqlite') return inFolder()
  const database = await servers[driver]?.createDatabase()
  if (!database) throw new Error(`There is no ${driver} here.`)
  return driver === 'postgres' ? onPostgres(database) : onMysql(database)
}

async function inFolder(): Promise<BedPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'surtidor-copy-'))
  const path = join(folder, 'surtidor.sqlite')
  return {
    address: { driver: 'sqlite', path },
    hosting: sqliteHosting(join(folder, 'tenants')),
    hostingAs: () => sqliteHosting(join(folder, 'tenants')),
    installation: 'surtidor',
    connection: sqlite(path, { retryAfter: 90 }),
    dropUsers: async () => undefined,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

/** On whatever server the database is. */
export function onMysql(database: TestDatabase): BedPlace {
  const address = { driver: 'mysql', ...database.settings } as const
  return {
    address,
    hosting: mysqlHosting(address),
    hostingAs: (user) => mysqlHosting({ ...address, ...user }),
    // The name of each test's database is its own: so are those of its stores.
    installation: database.settings.database,
    connection: mysql(database.settings, { retryAfter: 90 }),
    dropUsers: (names) =>
      runAlone(
        { ...address, database: '' },
        names.map((name) => `drop user if exists '${name}'@'%'`),
      ),
    [Symbol.asyncDispose]: async () => {
      await dropStores(address)
      await database[Symbol.asyncDispose]()
    },
  }
}

async function dropStores(address: Exclude<DatabaseAddress, { driver: 'sqlite' }>): Promise<void> {
  await using server = await openDatabase<unknown>(address, { connections: 1 })
  const names = CompiledQuery.raw(
    'select schema_name as name from information_schema.schemata where schema_name like ?',
    [`${address.database.replaceAll('_', '\\_')}\\_%`],
  )
  for (const { name } of (await server.executeQuery<{ readonly name: string }>(names)).rows)
    await server.executeQuery(CompiledQuery.raw(`drop database \`${name}\``))
}

/** Its stores are schemas of the database, and go with it. */
export function onPostgres(database: TestDatabase): BedPlace {
  const address = { driver: 'postgres', ...database.settings } as const
  return {
    address,
    hosting: postgresHosting(address),
    hostingAs: (user) => postgresHosting({ ...address, ...user }),
    installation: 'surtidor',
    connection: postgres(database.settings, { retryAfter: 90 }),
    dropUsers: (names) =>
      runAlone(
        { ...address, database: 'postgres' },
        names.map((name) => `drop role if exists "${name}"`),
      ),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}
