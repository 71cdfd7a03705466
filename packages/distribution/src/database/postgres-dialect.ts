import { type Dialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { AddressOnServer, ServerLimits } from './open-database.ts'
import { connectSeconds, idleMs, lockSeconds, silenceMs } from './server-limits.ts'

/** Kysely on PostgreSQL, through `pg`. */
export function postgresDialect(address: AddressOnServer, { connections, deadlineSeconds }: ServerLimits): Dialect {
  const { host, port, user, password, database, schema } = address
  const pool = new pg.Pool({
    host,
    port,
    user,
    password,
    database,
    max: connections,
    connectionTimeoutMillis: connectSeconds * 1000,
    statement_timeout: deadlineSeconds * 1000,
    // The server may not answer at all.
    query_timeout: silenceMs(deadlineSeconds),
    lock_timeout: lockSeconds(deadlineSeconds) * 1000,
    idleTimeoutMillis: idleMs,
    options: `-c timezone=UTC${schema === undefined ? '' : ` -c search_path=${schema}`}`,
    types: { getTypeParser: parserOf },
  })
  // A connection that breaks while nobody uses it is replaced when somebody does.
  pool.on('error', () => undefined)
  return new PostgresDialect({ pool })
}

const { INT8, NUMERIC, TIMESTAMP } = pg.types.builtins

/** `YYYY-MM-DD HH:MM:SS`, without what comes behind the seconds. */
function toSecond(moment: string): string {
  return moment.slice(0, 19)
}

/** Counts and sums are numbers here, and moments the same texts as in the other databases. */
function parserOf(type: number, format?: 'text' | 'binary') {
  if (format !== 'binary' && (type === INT8 || type === NUMERIC)) return Number
  if (format !== 'binary' && type === TIMESTAMP) return toSecond
  return pg.types.getTypeParser(type, format as 'text')
}
