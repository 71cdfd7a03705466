import type { QueryResult, SqlValue } from '../connection.ts'
import { returnsRows } from './returns-rows.ts'
import { runTransaction, type Work } from './run-transaction.ts'

/** What is needed of the `trx` that Prisma hands to an interactive transaction. */
export interface PrismaTransaction {
  $executeRawUnsafe(sql: string, ...values: SqlValue[]): PromiseLike<number>
  $queryRawUnsafe(sql: string, ...values: SqlValue[]): PromiseLike<unknown>
}

/** What is needed of a client that Prisma generated. */
export interface PrismaClient<Trx extends PrismaTransaction> {
  $transaction<Result>(work: (trx: Trx) => Promise<Result>): Promise<Result>
}

/**
 * Runs `work` in one interactive transaction of the application's Prisma client. Its limits are Prisma's: by default
 * `work` may take five seconds.
 */
export function transact<Trx extends PrismaTransaction, Result>(
  db: PrismaClient<Trx>,
  work: Work<Trx, Result>,
): Promise<Result> {
  return runTransaction({ db, begin: (inside) => db.$transaction(inside), query }, work)
}

async function query(trx: PrismaTransaction, sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
  if (!returnsRows(sql)) return { rows: [], changes: await trx.$executeRawUnsafe(sql, ...parameters) }
  const rows = await trx.$queryRawUnsafe(sql, ...parameters)
  return Array.isArray(rows) ? { rows, changes: rows.length } : { rows: [], changes: 0 }
}
