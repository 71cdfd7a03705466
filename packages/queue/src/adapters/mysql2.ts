import type { Connection, Pool } from 'mysql2/promise'
import type { QueryResult, SqlValue } from '../connection.ts'
import { readResult } from './client-result.ts'
import { inTurn } from './in-turn.ts'
import { runTransaction, type Work } from './run-transaction.ts'
import { inSession } from './session.ts'

/**
 * Runs `work` in one transaction of a pool or connection of `mysql2/promise`. Transactions on a single connection wait
 * for each other. A savepoint of your own takes the jobs dispatched in it back, but not what is told after the commit.
 */
export function transact<Result>(db: Pool | Connection, work: Work<Connection, Result>): Promise<Result> {
  return runTransaction({ db, begin: (inside) => begin(db, inside), query }, work)
}

async function begin<Result>(db: Pool | Connection, work: (trx: Connection) => Promise<Result>): Promise<Result> {
  const pooled = 'getConnection' in db ? await db.getConnection() : undefined
  const connection = pooled ?? db
  const session = {
    begin: () => connection.beginTransaction(),
    commit: () => connection.commit(),
    rollback: () => connection.rollback(),
    release: () => pooled?.release(),
    destroy: () => connection.destroy(),
  }
  return inTurn(connection, () => inSession(session, () => work(connection)))
}

/** Prepared, so that the payload is never written into the text: how to quote it depends on the session's `sql_mode`. */
async function query(trx: Connection, sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
  return readResult(await trx.execute(sql, [...parameters]))
}
