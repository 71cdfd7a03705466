import type { Connection } from '../connection.ts'
import { sqliteDriver } from '../drivers/sqlite.ts'
import { InvalidOptionError } from '../errors.ts'
import { SqlConnection } from './sql/sql-connection.ts'

export { isSqliteBusy, openSqliteFile, untilSqliteIsFree } from '../drivers/sqlite-file.ts'

export interface SqliteOptions {
  /** Seconds after which a reservation that nobody renews may be claimed by another worker. Default 90. */
  readonly retryAfter?: number
}

/** A queue in a SQLite file, made when it is missing; `:memory:` for one that lives as long as the process. */
export function sqlite(path: string, options: SqliteOptions = {}): Connection {
  const retryAfter = options.retryAfter ?? 90
  if (!Number.isInteger(retryAfter) || retryAfter < 2 || retryAfter > 86_400) {
    throw new InvalidOptionError('retryAfter', retryAfter, 'a whole number of seconds from 2 to 86400')
  }
  return new SqlConnection(sqliteDriver(path), retryAfter)
}
