import { type DatabaseProblem, DatabaseUnusableError } from '@surtidor/queue'
import { type QueryExecutorProvider, sql } from 'kysely'
import type { AddressOnServer } from './open-database.ts'

/** Asks the server for an answer; throws `DatabaseUnusableError`, with what to correct, when it does not let us in. */
export async function reachServer(db: QueryExecutorProvider, { database, host, port }: AddressOnServer): Promise<void> {
  try {
    await sql`select 1`.execute(db)
  } catch (error) {
    const problem = problems[String(Object(error).code)]
    throw problem ? new DatabaseUnusableError(`${database} at ${host}:${port}`, problem, { cause: error }) : error
  }
}

const problems: Readonly<Partial<Record<string, DatabaseProblem>>> = {
  ER_BAD_DB_ERROR: 'unknown_database',
  '3D000': 'unknown_database',
  ER_ACCESS_DENIED_ERROR: 'wrong_credentials',
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: 'wrong_credentials',
  '28P01': 'wrong_credentials',
  '28000': 'wrong_credentials',
  ER_DBACCESS_DENIED_ERROR: 'missing_privileges',
  '42501': 'missing_privileges',
  ER_CON_COUNT_ERROR: 'too_many_connections',
  '53300': 'too_many_connections',
  ECONNREFUSED: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  ETIMEDOUT: 'unreachable',
}
