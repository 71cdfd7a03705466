import {
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresDialect,
  sql,
} from 'kysely'
import pg from 'pg'
import { CurrentSchemaIntrospector } from './current-schema-introspector.ts'
import { takeAdvisoryLock } from './named-lock.ts'
import type { AddressOnServer, ServerLimits } from './open-database.ts'
import { withQuietRollback } from './quiet-rollback.ts'
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
    // Who looks at the server sees whose connection it is.
    application_name: schema === undefined ? 'surtidor' : `surtidor ${schema}`.slice(0, 63),
    options: [...sessionSettings, ...(schema === undefined ? [] : [`search_path=${schema}`])]
      .map((setting) => `-c ${setting}`)
      .join(' '),
    types: { getTypeParser: parserOf },
  })
  // A connection that breaks while nobody uses it is replaced when somebody does.
  pool.on('error', () => undefined)
  // One that breaks in use tells whoever asked it something, and nobody has to hear of it twice: unheard, it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return new SharedDatabaseDialect({ pool })
}

/**
 * What a database was told for everybody must not change what is read or written: numbers come with all their digits, and what
 * is missing in a list of values is not the word `NULL`.
 */
const sessionSettings = [
  'timezone=UTC',
  'default_transaction_isolation=read\\ committed',
  'array_nulls=on',
  'extra_float_digits=1',
]

/** A database may have a schema for each of thousands of stores: what is asked about one must not look at all. */
class SharedDatabaseDialect extends PostgresDialect {
  override createDriver(): Driver {
    return withQuietRollback(super.createDriver())
  }

  override createAdapter(): PostgresAdapter {
    return new LockPerSchema()
  }

  override createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new CurrentSchemaIntrospector(db)
  }
}

/** Kysely takes one lock for the whole database: the migration of one store would hold up those of all others. */
class LockPerSchema extends PostgresAdapter {
  override async acquireMigrationLock<Tables>(db: Kysely<Tables>): Promise<void> {
    await takeAdvisoryLock(db, lockKey)
  }

  override async releaseMigrationLock<Tables>(db: Kysely<Tables>): Promise<void> {
    await sql`select pg_advisory_unlock(${lockKey})`.execute(db)
  }
}

const lockKey = sql`hashtextextended('surtidor migrate ' || current_schema(), 0)`

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
