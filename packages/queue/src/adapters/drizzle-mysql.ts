import type { ExtractTablesWithRelations } from 'drizzle-orm'
import type { MySqlTransaction } from 'drizzle-orm/mysql-core'
import type { MySql2Database, MySql2PreparedQueryHKT, MySql2QueryResultHKT } from 'drizzle-orm/mysql2'
import type { QueryResult, SqlValue } from '../connection.ts'
import { readResult } from './client-result.ts'
import { drizzleSql } from './drizzle-sql.ts'
import { inTurn } from './in-turn.ts'
import { runTransaction, type Work } from './run-transaction.ts'

type Schema = Record<string, unknown>
type Trx<Tables extends Schema> = MySqlTransaction<
  MySql2QueryResultHKT,
  MySql2PreparedQueryHKT,
  Tables,
  ExtractTablesWithRelations<Tables>
>

/**
 * Runs `work` in one transaction of the application's Drizzle on `mysql2`. Transactions on a single connection wait for
 * each other. With the `trx` of another one it is nested, a savepoint: its jobs are told of after the outermost commit.
 */
export function transact<Tables extends Schema, Result>(
  db: MySql2Database<Tables> | Trx<Tables>,
  work: Work<Trx<Tables>, Result>,
): Promise<Result> {
  const begin = <T>(inside: (trx: Trx<Tables>) => Promise<T>) => inTurnOf(db, () => db.transaction(inside))
  return runTransaction({ db, begin, query }, work)
}

/** Drizzle takes a connection of a pool for each transaction, and has one for all where it was given no pool. */
function inTurnOf<Result>(db: object, work: () => Promise<Result>): Promise<Result> {
  const client = '$client' in db ? db.$client : undefined
  const isConnection = typeof client === 'object' && client !== null && 'beginTransaction' in client
  return isConnection ? inTurn(client, work) : work()
}

async function query<Tables extends Schema>(
  trx: Trx<Tables>,
  sql: string,
  parameters: readonly SqlValue[],
): Promise<QueryResult> {
  return readResult(await trx.execute(drizzleSql(sql, parameters)))
}
