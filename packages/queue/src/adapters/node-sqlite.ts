import type { DatabaseSync } from 'node:sqlite'
import type { QueryResult, SqlValue } from '../connection.ts'
import { beginImmediate } from './begin-immediate.ts'
import { inTurn } from './in-turn.ts'
import { runTransaction, type Work } from './run-transaction.ts'
import { inSession } from './session.ts'

/**
 * Runs `work` in one transaction of a database of `node:sqlite`, begun immediate. Transactions on one database wait for
 * each other; statements that do not come from `work` meanwhile are part of it too. A savepoint of your own takes the
 * jobs dispatched in it back, but not what is told after the commit.
 */
export function transact<Result>(db: DatabaseSync, work: Work<DatabaseSync, Result>): Promise<Result> {
  return runTransaction({ db, begin: (inside) => begin(db, inside), query }, work)
}

function begin<Result>(db: DatabaseSync, work: (trx: DatabaseSync) => Promise<Result>): Promise<Result> {
  const session = {
    begin: () => beginImmediate((sql) => db.exec(sql)),
    commit: async () => db.exec('commit'),
    rollback: async () => rollback(db),
    release: () => undefined,
    destroy: () => undefined,
  }
  return inTurn(db, () => inSession(session, () => work(db)))
}

/** A full disk has rolled back by itself. */
function rollback(db: DatabaseSync): void {
  if (db.isTransaction) db.exec('rollback')
}

async function query(trx: DatabaseSync, sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
  const statement = trx.prepare(sql)
  if (statement.columns().length === 0) {
    return { rows: [], changes: Number(statement.run(...parameters).changes) }
  }
  const rows = statement.all(...parameters)
  return { rows, changes: rows.length }
}
