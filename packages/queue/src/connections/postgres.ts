import type { PoolConfig } from 'pg'
import type { Connection } from '../connection.ts'
import { postgresDriver } from '../drivers/postgres.ts'
import type { ReadOnlyDatabase } from '../read-only-database.ts'
import { type Address, postgresAddressOf } from './address.ts'
import { inReadOnlyTransaction, readOnlyOptions, readOnlyServer } from './read-only-server.ts'
import { checkRetryAfter } from './retry-after.ts'
import { checkServerOptions, type ServerOptions } from './server-options.ts'
import { SqlConnection } from './sql/sql-connection.ts'

/** Where the server is and who we are, as `pg` names it. */
export type PostgresSettings = Pick<PoolConfig, 'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'>

/** A queue in a database of PostgreSQL (14 or newer). `settings` may be a URL. Connects when it is first used. */
export function postgres(settings: PostgresSettings | string, options: ServerOptions = {}): Connection {
  const address = typeof settings === 'string' ? postgresAddressOf(settings) : settings
  return new SqlConnection(postgresDriver(address, checkServerOptions(options)), checkRetryAfter(options.retryAfter))
}

/** A database of PostgreSQL to look at: each statement runs in a transaction that only reads. Connects when it is first used. */
export function readOnlyPostgres(address: Address): ReadOnlyDatabase {
  const driver = postgresDriver(address, readOnlyOptions)
  return readOnlyServer(address, {
    kind: 'postgres',
    driver,
    query: (sql, parameters) => driver.transaction((executor) => inReadOnlyTransaction(executor, sql, parameters)),
  })
}
