import type { DatabaseSync } from 'node:sqlite'
import type { Row, SqlValue } from '../connection.ts'
import { isNoDatabase } from '../drivers/sqlite-errors.ts'
import { openSqliteFileToRead, untilSqliteIsFree } from '../drivers/sqlite-file.ts'
import { DatabaseUnusableError } from '../errors.ts'
import type { ReadOnlyDatabase } from '../read-only-database.ts'

/** A SQLite file that is there, opened to look at it; throws `DatabaseUnusableError` and `DatabaseBusyError`. */
export function readOnlySqlite(path: string): ReadOnlyDatabase {
  const database = openSqliteFileToRead(path)
  return {
    kind: 'sqlite',
    label: path,
    query: async (sql, parameters = []) => {
      try {
        return await untilSqliteIsFree(path, () => readRows(database, sql, parameters))
      } catch (error) {
        throw isNoDatabase(error) ? new DatabaseUnusableError(path, 'not_a_database', { cause: error }) : error
      }
    },
    [Symbol.asyncDispose]: async () => database.close(),
  }
}

function readRows(database: DatabaseSync, sql: string, parameters: readonly SqlValue[]): readonly Row[] {
  const statement = database.prepare(sql)
  // A column may hold a number that JavaScript has no exact other form for.
  statement.setReadBigInts(true)
  return statement.all(...parameters)
}
