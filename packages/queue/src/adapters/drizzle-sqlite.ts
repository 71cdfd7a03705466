import type { SQLWrapper } from 'drizzle-orm'
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core'
import type { SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy'
import type { QueryResult, SqlValue } from '../connection.ts'
import { beginImmediate } from './begin-immediate.ts'
import { readResult } from './client-result.ts'
import { drizzleSql } from './drizzle-sql.ts'
import { inTurn } from './in-turn.ts'
import { returnsRows } from './returns-rows.ts'
import { runTransaction, type Work } from './run-transaction.ts'
import { inSession } from './session.ts'

type Schema = Record<string, unknown>
type SyncDatabase<Tables extends Schema, Changes> = BaseSQLiteDatabase<'sync', Changes, Tables>

interface Database {
  run(query: SQLWrapper | string): unknown
  all(query: SQLWrapper | string): unknown
}

/**
 * Runs `work` in one transaction of the application's Drizzle on one SQLite connection, begun immediate: `sqlite-proxy`,
 * or a driver that answers at once. `trx` is `db` itself. Transactions on one `db` wait for each other; statements that do
 * not come from `work` meanwhile are part of it too. A savepoint of your own takes the jobs dispatched in it back, but not
 * what is told after the commit.
 */
export function transact<Tables extends Schema, Result>(
  db: SqliteRemoteDatabase<Tables>,
  work: Work<SqliteRemoteDatabase<Tables>, Result>,
): Promise<Result>
export function transact<Tables extends Schema, Changes, Result>(
  db: SyncDatabase<Tables, Changes>,
  work: Work<SyncDatabase<Tables, Changes>, Result>,
): Promise<Result>
export function transact<Db extends Database, Result>(db: Db, work: Work<Db, Result>): Promise<Result> {
  return runTransaction<Db, Result>({ db, begin: (inside) => begin(db, inside), query }, work)
}

/** By hand: Drizzle's own transaction does not wait for a locked file, and takes no promise where the driver is sync. */
function begin<Db extends Database, Result>(db: Db, work: (trx: Db) => Promise<Result>): Promise<Result> {
  const run = async (sql: string) => db.run(sql)
  const session = {
    begin: () => beginImmediate(run),
    commit: () => run('commit'),
    rollback: () => run('rollback'),
    release: () => undefined,
    destroy: () => undefined,
  }
  return inTurn(db, () => inSession(session, () => work(db)))
}

/** The rows of a proxy are lists without names, and its changes have no count; `dispatch` asks for neither. */
async function query(trx: Database, sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
  const statement = drizzleSql(sql, parameters)
  if (!returnsRows(sql)) return readResult(await trx.run(statement))
  const found = await trx.all(statement)
  const rows = Array.isArray(found) ? found : []
  return { rows, changes: rows.length }
}
