import {
  CompiledQuery,
  type Dialect,
  type Driver,
  type Kysely,
  MysqlAdapter,
  MysqlDialect,
  type MysqlDialectConfig,
  type MysqlPool,
  type MysqlPoolConnection,
  sql,
} from 'kysely'
import { createPool, type ExecuteValues, type Pool, type PoolConnection } from 'mysql2'
import { BulkParameters } from './bulk-encoder.ts'
import { explained } from './demanded-column-error.ts'
import { type Bulk, connectForBulk, executeBulk, speaksBulk } from './mariadb-bulk.ts'
import { takeNamedLock } from './named-lock.ts'
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
    stream: () => connectForBulk(port, host),
    // Each connection makes room for all of them when it opens.
    maxPreparedStatements: 64,
  })
  const server = { takesBulk: false }
  const config: MysqlDialectConfig = {
    pool: withDeadline(pool, server, silenceMs(deadlineSeconds)),
    onCreateConnection: async (connection) => {
      for (const text of mysqlSession(deadlineSeconds)) await connection.executeQuery(CompiledQuery.raw(text))
    },
  }
  return new SharedServerDialect(config, server)
}

/** Kysely takes one lock for the whole server: the migration of one store would hold up those of all others. */
class SharedServerDialect extends MysqlDialect {
  readonly #server: LearntServer

  constructor(config: MysqlDialectConfig, server: LearntServer) {
    super(config)
    this.#server = server
  }

  override createDriver(): Driver {
    return withQuietRollback(super.createDriver())
  }

  override createAdapter(): MysqlAdapter {
    return new LockPerDatabase(this.#server)
  }
}

class LockPerDatabase extends MysqlAdapter {
  readonly #server: LearntServer

  constructor(server: LearntServer) {
    super()
    this.#server = server
  }

  /** Whoever has rows to write asks before it puts them into a bulk. */
  get takesBulk(): boolean {
    return this.#server.takesBulk
  }

  override async acquireMigrationLock<Tables>(db: Kysely<Tables>): Promise<void> {
    await takeNamedLock(db, lockName)
  }

  override async releaseMigrationLock<Tables>(db: Kysely<Tables>): Promise<void> {
    await sql`select release_lock(${lockName})`.execute(db)
  }
}

/** A lock's name has 64 characters at most, and so has a database's. */
const lockName = sql`concat('surtidor migrate ', sha1(database()))`

/** The server may not answer at all: a connection on which nothing comes is given up, and so is its transaction. */
function withDeadline(pool: Pool, server: LearntServer, timeout: number): MysqlPool {
  const known = new WeakMap<PoolConnection, MysqlPoolConnection>()
  return {
    end: (done) => pool.end((error) => done(error)),
    getConnection: (done) =>
      pool.getConnection((error, connection) => {
        if (error) return done(error, undefined as never)
        server.takesBulk = speaksBulk(connection)
        const same = known.get(connection) ?? guarded(connection, timeout)
        known.set(connection, same)
        done(null, same)
      }),
  }
}

/** From here on the server reads values as they are faster than as text, of which each has to be quoted. */
const manyValues = 200

/** What the connection that was asked for last has told of the server behind. */
interface LearntServer {
  takesBulk: boolean
}

function guarded(connection: PoolConnection, timeout: number): MysqlPoolConnection {
  return {
    config: connection.config,
    threadId: connection.threadId,
    connect: (done) => done?.(null),
    destroy: () => connection.destroy(),
    release: () => connection.release(),
    query: ((sql: string, values: unknown[], done: (error: unknown, result: unknown) => void) => {
      const listen: Listener = (error, result) => {
        if (error !== null && 'code' in error && error.code === 'PROTOCOL_SEQUENCE_TIMEOUT') connection.destroy()
        done(error && explained(error, sql), result)
      }
      const [rows] = values
      if (rows instanceof BulkParameters) executeBulk(connection, { sql, rows, timeout, listen })
      else if (values.length < manyValues) connection.query({ sql, values, timeout }, listen)
      else connection.execute({ sql, values: values as ExecuteValues[], timeout }, listen)
    }) as unknown as MysqlPoolConnection['query'],
  }
}

type Listener = Bulk['listen']

/**
 * What a server was told for everybody must not change what is written, nor leave it open when the session ends. The client
 * quotes values with backslashes: under a mode in which one is a letter as any other, a value could end its text and go on as
 * SQL. What does not fit is refused, not cut, and answers are whole. The limit of a statement is MariaDB's; MySQL, which
 * limits only what reads, takes it for a comment.
 */
function mysqlSession(deadlineSeconds: number): readonly string[] {
  const settings = [
    'autocommit = 1',
    "completion_type = 'NO_CHAIN'",
    `sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ANSI_QUOTES'`,
    'sql_select_limit = 18446744073709551615',
    'sql_safe_updates = 0',
    'sql_big_selects = 1',
    "time_zone = '+00:00'",
    `innodb_lock_wait_timeout = ${lockSeconds(deadlineSeconds)} /*M! , max_statement_time = ${deadlineSeconds} */`,
  ]
  return [`set session ${settings.join(', ')}`, 'set session transaction isolation level read committed']
}
