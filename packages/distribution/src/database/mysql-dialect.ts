import {
  CompiledQuery,
  type Dialect,
  type Driver,
  type Kysely,
  MysqlAdapter,
  MysqlDialect,
  type MysqlPool,
  type MysqlPoolConnection,
  sql,
} from 'kysely'
import { createPool, type ExecuteValues, type Pool, type PoolConnection, type QueryError } from 'mysql2'
import type { AddressOnServer, ServerLimits } from './open-database.ts'
import { withQuietRollback } from './quiet-rollback.ts'
import { connectSeconds, idleMs, lockSeconds, silenceMs } from './server-limits.ts'

/** Kysely on MariaDB and MySQL, through `mysql2`. */
export function mysqlDialect(address: AddressOnServer, { connections, deadlineSeconds }: ServerLimits): Dialect {
  const { host, port, user, password, database } = address
  const pool = createPool({
    host,
    port,
    user,
    password,
    database,
    connectionLimit: connections,
    connectTimeout: connectSeconds * 1000,
    charset: 'utf8mb4',
    dateStrings: true,
    decimalNumbers: true,
    supportBigNumbers: true,
    idleTimeout: idleMs,
    keepAliveInitialDelay: 60_000,
  })
  return new SharedServerDialect({
    pool: withDeadline(pool, silenceMs(deadlineSeconds)),
    onCreateConnection: async (connection) => {
      for (const text of mysqlSession(deadlineSeconds)) await connection.executeQuery(CompiledQuery.raw(text))
    },
  })
}

/** Kysely takes one lock for the whole server: the migration of one store would hold up those of all others. */
class SharedServerDialect extends MysqlDialect {
  override createDriver(): Driver {
    return withQuietRollback(super.createDriver())
  }

  override createAdapter(): MysqlAdapter {
    return new LockPerDatabase()
  }
}

class LockPerDatabase extends MysqlAdapter {
  override async acquireMigrationLock<Tables>(db: Kysely<Tables>): Promise<void> {
    const { rows } = await sql<{ taken: number | null }>`select get_lock(${lockName}, 3600) as taken`.execute(db)
    if (rows[0]?.taken !== 1) throw new Error('The lock for migrating this database was not given within an hour.')
  }

  override async releaseMigrationLock<Tables>(db: Kysely<Tables>): Promise<void> {
    await sql`select release_lock(${lockName})`.execute(db)
  }
}

/** A lock's name has 64 characters at most, and so has a database's. */
const lockName = sql`concat('surtidor migrate ', sha1(database()))`

/** The server may not answer at all: a connection on which nothing comes is given up, and so is its transaction. */
function withDeadline(pool: Pool, timeout: number): MysqlPool {
  const known = new WeakMap<PoolConnection, MysqlPoolConnection>()
  return {
    end: (done) => pool.end((error) => done(error)),
    getConnection: (done) =>
      pool.getConnection((error, connection) => {
        if (error) return done(error, undefined as never)
        const same = known.get(connection) ?? guarded(connection, timeout)
        known.set(connection, same)
        done(null, same)
      }),
  }
}

/** From here on the server reads values as they are faster than as text, of which each has to be quoted. */
const manyValues = 200

function guarded(connection: PoolConnection, timeout: number): MysqlPoolConnection {
  return {
    config: connection.config,
    threadId: connection.threadId,
    connect: (done) => done?.(null),
    destroy: () => connection.destroy(),
    release: () => connection.release(),
    query: ((sql: string, values: unknown[], done: (error: unknown, result: unknown) => void) => {
      const listen = (error: QueryError | null, result: unknown) => {
        if (error?.code === 'PROTOCOL_SEQUENCE_TIMEOUT') connection.destroy()
        done(error, result)
      }
      if (values.length < manyValues) connection.query({ sql, values, timeout }, listen)
      else connection.execute({ sql, values: values as ExecuteValues[], timeout }, listen)
    }) as unknown as MysqlPoolConnection['query'],
  }
}

/** The limit of a statement is MariaDB's; MySQL, which limits only what reads, takes it for a comment. */
function mysqlSession(deadlineSeconds: number): readonly string[] {
  return [
    `set session sql_mode = concat(@@sql_mode, ',ANSI_QUOTES'), time_zone = '+00:00'`,
    'set session transaction isolation level read committed',
    `set session innodb_lock_wait_timeout = ${lockSeconds(deadlineSeconds)} /*M! , max_statement_time = ${deadlineSeconds} */`,
  ]
}
