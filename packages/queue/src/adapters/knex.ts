import type { Knex } from 'knex'
import type { QueryResult, SqlValue } from '../connection.ts'
import { readResult } from './client-result.ts'
import { splitAtPlaceholders } from './placeholders.ts'
import { runTransaction, type Work } from './run-transaction.ts'

/**
 * Runs `work` in one transaction of the application's Knex. With the `trx` of another one it is nested, a savepoint: its
 * jobs are told of after the outermost commit. `work` must leave the commit and the rollback to us.
 */
export function transact<Result>(db: Knex, work: Work<Knex.Transaction, Result>): Promise<Result> {
  return runTransaction({ db, begin: (inside) => begin(db, inside), query }, work)
}

/** A rollback by hand must reject: resolved, it would pass for a commit. */
function begin<Result>(db: Knex, work: (trx: Knex.Transaction) => Promise<Result>): Promise<Result> {
  return db.transaction(work, { doNotRejectOnRollback: false })
}

/** Knex has `?` for all databases, and no bigint. */
async function query(trx: Knex.Transaction, sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
  const { texts, values } = splitAtPlaceholders(sql, parameters)
  const bindings = values.map((value) => (typeof value === 'bigint' ? String(value) : value))
  return readResult(await trx.raw(texts.join('?'), bindings))
}
