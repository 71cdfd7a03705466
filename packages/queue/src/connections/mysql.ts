import type { ConnectionOptions } from 'mysql2'
import type { Connection } from '../connection.ts'
import { mysqlDriver } from '../drivers/mysql.ts'
import type { ReadOnlyDatabase } from '../read-only-database.ts'
import { type Address, mysqlAddressOf } from './address.ts'
import { readOnlyOptions, readOnlyServer } from './read-only-server.ts'
import { checkRetryAfter } from './retry-after.ts'
import { checkServerOptions, type ServerOptions } from './server-options.ts'
import { SqlConnection } from './sql/sql-connection.ts'

/** Where the server is and who we are, as `mysql2` names it. */
export type MysqlSettings = Pick<
  ConnectionOptions,
  'host' | 'port' | 'socketPath' | 'user' | 'password' | 'database' | 'ssl'
>

/**
 * A queue in a database of MariaDB (10.6 or newer) or MySQL (8.0.1 or newer). `settings` may be a URL. Connects when it is
 * first used.
 */
export function mysql(settings: MysqlSettings | string, options: ServerOptions = {}): Connection {
  const address = typeof settings === 'string' ? mysqlAddressOf(settings) : settings
  return new SqlConnection(mysqlDriver(address, checkServerOptions(options)), checkRetryAfter(options.retryAfter))
}

/** A database of MariaDB or MySQL to look at: the session is told that it only reads. Connects when it is first used. */
export function readOnlyMysql(address: Address): ReadOnlyDatabase {
  const driver = mysqlDriver(address, { ...readOnlyOptions, readOnly: true })
  return readOnlyServer(address, {
    kind: 'mysql',
    driver,
    query: async (sql, parameters) => (await driver.query(sql, parameters)).rows,
  })
}
