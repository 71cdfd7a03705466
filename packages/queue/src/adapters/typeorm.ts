import type { DataSource, EntityManager } from 'typeorm'
import type { QueryResult, SqlValue } from '../connection.ts'
import { InvalidOptionError } from '../errors.ts'
import { runTransaction, type Work } from './run-transaction.ts'

/**
 * Runs `work` in one transaction of the application's TypeORM. Use the manager it is given and nothing else to write; a
 * transaction of that manager is a savepoint, which takes the jobs dispatched in it back, but not what is told after the
 * commit.
 */
export function transact<Result>(db: DataSource, work: Work<EntityManager, Result>): Promise<Result> {
  return runTransaction({ db, begin: (inside) => db.transaction(inside), query }, work)
}

/** With `true` the answer has one shape for all databases. */
async function query(trx: EntityManager, sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
  const { queryRunner } = trx
  if (!queryRunner) throw new InvalidOptionError('tx', 'without a transaction', 'the manager of an open transaction')
  const result = await queryRunner.query(sql, [...parameters], true)
  const rows = result.records ?? []
  return { rows, changes: result.affected ?? rows.length }
}
