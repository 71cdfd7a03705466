import { type Kysely, MysqlAdapter, PostgresAdapter } from 'kysely'

/**
 * What differs between the databases that this application runs on. Everything else is one text for all of them: sessions
 * are in UTC, and names in raw SQL that are not all lower-case stand in double quotes everywhere (`ANSI_QUOTES`).
 */
export type SqlDialect = 'sqlite' | 'mysql' | 'postgres'

/** Whether rows may be sent to the server behind as a file; true until it has refused one. */
export function takesFiles<Tables>(db: Kysely<Tables>): boolean {
  const { adapter } = db.getExecutor()
  return 'takesFiles' in adapter && adapter.takesFiles === true
}

export function dialectOf<Tables>(db: Kysely<Tables>): SqlDialect {
  const { adapter } = db.getExecutor()
  if (adapter instanceof MysqlAdapter) return 'mysql'
  return adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'
}
