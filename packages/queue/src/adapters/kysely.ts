import { CompiledQuery, type Kysely, type Transaction as KyselyTransaction } from 'kysely'
import type { QueryResult, SqlValue, Transaction } from '../connection.ts'

/**
 * Runs `work` in one transaction of the application's own Kysely database and hands it what `dispatch` needs to write
 * its job there too: `await transact(db, async (trx, tx) => { …; await queue.dispatch(job, data, { tx }) })`. Workers
 * hear of the job after the commit; after a rollback nothing remains.
 */
export async function transact<Tables, Result>(
  db: Kysely<Tables>,
  work: (trx: KyselyTransaction<Tables>, tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const callbacks: (() => void | Promise<void>)[] = []
  const result = await db.transaction().execute((trx) =>
    work(trx, {
      query: (sql, parameters) => query(trx, sql, parameters),
      afterCommit: (callback) => callbacks.push(callback),
    }),
  )
  await runAll(callbacks)
  return result
}

/** The transaction is on disk: every callback gets its turn, and the first error comes after the last of them. */
async function runAll(callbacks: readonly (() => void | Promise<void>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const callback of callbacks) {
    try {
      await callback()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}

async function query<Tables>(
  trx: KyselyTransaction<Tables>,
  sql: string,
  parameters: readonly SqlValue[],
): Promise<QueryResult> {
  const result = await trx.executeQuery<Record<string, unknown>>(CompiledQuery.raw(sql, [...parameters]))
  return { rows: result.rows, changes: Number(result.numAffectedRows ?? result.rows.length) }
}
