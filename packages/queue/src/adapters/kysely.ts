import { CompiledQuery, type Kysely, type Transaction as KyselyTransaction } from 'kysely'
import type { QueryResult, SqlValue } from '../connection.ts'
import { runTransaction, type Work } from './run-transaction.ts'

/**
 * Runs `work` in one transaction of the application's own Kysely database and hands it what `dispatch` needs to write
 * its job there too: `await transact(db, async (trx, tx) => { …; await queue.dispatch(job, data, { tx }) })`. Workers
 * hear of the job after the commit; after a rollback nothing remains.
 */
export function transact<Tables, Result>(
  db: Kysely<Tables>,
  work: Work<KyselyTransaction<Tables>, Result>,
): Promise<Result> {
  return runTransaction({ db, begin: (inside) => db.transaction().execute(inside), query }, work)
}

async function query<Tables>(
  trx: KyselyTransaction<Tables>,
  sql: string,
  parameters: readonly SqlValue[],
): Promise<QueryResult> {
  const result = await trx.executeQuery<Record<string, unknown>>(CompiledQuery.raw(sql, [...parameters]))
  return { rows: result.rows, changes: Number(result.numAffectedRows ?? result.rows.length) }
}
