import { type Kysely, MysqlAdapter, PostgresAdapter } from 'kysely'

/**
 * What differs between the databases that this application runs on. Everything else is one text for all of them: sessions
 * are in UTC, and names in raw SQL that are not all lower-case stand in double quotes everywhere (`ANSI_QUOTES`).
 */
export type SqlDialect = 'sqlite' | 'mysql' | 'postgres'

/** How the values of a column travel. */
export type ColumnType = 'int' | 'bigint' | 'text'

/** Whether rows may be sent to the server behind in bulk, as its latest connection has told. */
export function takesBulk<Tables>(db: Kysely<Tables>): boolean {
  const { adapter } = db.getExecutor()
  return 'takesBulk' in adapter && adapter.takesBulk === true
}

export function dialectOf<Tables>(db: Kysely<Tables>): SqlDialect {
  const { adapter } = db.getExecutor()
  if (adapter instanceof MysqlAdapter) return 'mysql'
  return adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'
}
