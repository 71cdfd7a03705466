import type { ExtractTablesWithRelations } from 'drizzle-orm'
import type { NodePgDatabase, NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import type { PgTransaction } from 'drizzle-orm/pg-core'
import type { QueryResult, SqlValue } from '../connection.ts'
import { readResult } from './client-result.ts'
import { drizzleSql } from './drizzle-sql.ts'
import { inTurn } from './in-turn.ts'
import { runTransaction, type Work } from './run-transaction.ts'

type Schema = Record<string, unknown>
type Trx<Tables extends Schema> = PgTransaction<NodePgQueryResultHKT, Tables, ExtractTablesWithRelations<Tables>>

/**
 * Runs `work` in one transaction of the application's Drizzle on `pg`. Transactions on a single client wait for each
 * other. With the `trx` of another one it is nested, a savepoint: its jobs are told of after the outermost commit.
 */
export function transact<Tables extends Schema, Result>(
  db: NodePgDatabase<Tables> | Trx<Tables>,
  work: Work<Trx<Tables>, Result>,
): Promise<Result> {
  const begin = <T>(inside: (trx: Trx<Tables>) => Promise<T>) => inTurnOf(db, () => db.transaction(inside))
  return runTransaction({ db, begin, query }, work)
}

/** Drizzle takes a client of a pool for each transaction, and has one for all where it was given no pool. */
function inTurnOf<Result>(db: object, work: () => Promise<Result>): Promise<Result> {
  const client = '$client' in db ? db.$client : undefined
  const isSingle = typeof client === 'object' && client !== null && !('totalCount' in client)
  return isSingle ? inTurn(client, work) : work()
}

async function query<Tables extends Schema>(
  trx: Trx<Tables>,
  sql: string,
  parameters: readonly SqlValue[],
): Promise<QueryResult> {
  return readResult(await trx.execute(drizzleSql(sql, parameters)))
}
