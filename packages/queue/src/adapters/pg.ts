import type { ClientBase, Pool } from 'pg'
import type { QueryResult, SqlValue } from '../connection.ts'
import { readResult } from './client-result.ts'
import { inTurn } from './in-turn.ts'
import { runTransaction, type Work } from './run-transaction.ts'
import { inSession } from './session.ts'

/**
 * Runs `work` in one transaction of a pool or client of `pg`. Transactions on a single client wait for each other. A
 * savepoint of your own takes the jobs dispatched in it back, but not what is told after the commit.
 */
export function transact<Result>(db: Pool | ClientBase, work: Work<ClientBase, Result>): Promise<Result> {
  const begin = <T>(inside: (trx: ClientBase) => Promise<T>) =>
    'totalCount' in db ? beginInPool(db, inside) : beginOn(db, inside)
  return runTransaction({ db, begin, query }, work)
}

async function beginInPool<Result>(pool: Pool, work: (trx: ClientBase) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  // A pool listens to its idle clients only: a connection that breaks between two statements would end the process.
  client.on('error', ignore)
  const giveBack = (isBroken: boolean) => {
    client.off('error', ignore)
    client.release(isBroken)
  }
  const session = { ...statements(client), release: () => giveBack(false), destroy: () => giveBack(true) }
  return inTurn(client, () => inSession(session, () => work(client)))
}

async function beginOn<Result>(client: ClientBase, work: (trx: ClientBase) => Promise<Result>): Promise<Result> {
  const session = { ...statements(client), release: ignore, destroy: ignore }
  return inTurn(client, () => inSession(session, () => work(client)))
}

function statements(client: ClientBase) {
  return {
    begin: () => client.query('begin'),
    commit: () => client.query('commit'),
    rollback: () => client.query('rollback'),
  }
}

function ignore(): void {}

async function query(trx: ClientBase, sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
  return readResult(await trx.query(sql, [...parameters]))
}
