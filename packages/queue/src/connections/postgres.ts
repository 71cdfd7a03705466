import type { PoolConfig } from 'pg'
import type { Connection } from '../connection.ts'
import { postgresDriver } from '../drivers/postgres.ts'
import { checkRetryAfter } from './retry-after.ts'
import { checkServerOptions, type ServerOptions } from './server-options.ts'
import { SqlConnection } from './sql/sql-connection.ts'

/** Where the server is and who we are: what `pg` takes. */
export type PostgresSettings = Pick<PoolConfig, 'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'>

/** A queue in a database of PostgreSQL (14 or newer). Connects when it is first used. */
export function postgres(settings: PostgresSettings, options: ServerOptions = {}): Connection {
  return new SqlConnection(postgresDriver(settings, checkServerOptions(options)), checkRetryAfter(options.retryAfter))
}
