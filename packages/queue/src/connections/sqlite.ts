import type { Connection } from '../connection.ts'
import { sqliteDriver } from '../drivers/sqlite.ts'
import { checkRetryAfter } from './retry-after.ts'
import { SqlConnection } from './sql/sql-connection.ts'

export { isDiskFull, isSqliteBusy } from '../drivers/sqlite-errors.ts'
export { openSqliteFile, untilSqliteIsFree } from '../drivers/sqlite-file.ts'
export { readOnlySqlite } from './read-only-sqlite.ts'

export interface SqliteOptions {
  /** Seconds after which a reservation that nobody renews may be claimed by another worker. Default 90. */
  readonly retryAfter?: number
}

/** A queue in a SQLite file, made when it is missing; `:memory:` for one that lives as long as the process. */
export function sqlite(path: string, options: SqliteOptions = {}): Connection {
  const retryAfter = checkRetryAfter(options.retryAfter)
  return new SqlConnection(sqliteDriver(path), retryAfter)
}
