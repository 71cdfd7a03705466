import { Socket } from 'node:net'
import mysql, { type Pool as ClientPool, type ConnectionOptions, type PoolConnection } from 'mysql2'
import type { QueryResult, SqlValue } from '../connection.ts'
import type { Driver, Executor } from './driver.ts'
import { codeOf } from './error-code.ts'
import { probeMysql } from './mysql-dialect.ts'
import { classifyMysqlError, explainMysqlError } from './mysql-errors.ts'
import { type Pool, type Server, ServerDriver, type Session } from './server-driver.ts'
import { StatementTexts } from './statement-texts.ts'

export interface MysqlDriverOptions {
  readonly connections: number
  readonly deadlineSeconds: number
  /** The server refuses every statement that writes. */
  readonly readOnly?: boolean
}

/** MariaDB and MySQL through `mysql2`. */
export function mysqlDriver(settings: ConnectionOptions, options: MysqlDriverOptions): Driver {
  return new ServerDriver(mysqlServer(settings, options), {
    deadlineSeconds: options.deadlineSeconds,
    lanes: Math.min(2, options.connections),
    batch: 1_000,
  })
}

/** What the driver knows of the server; for a driver whose statements are looked at, or made to fail. */
export function mysqlServer(settings: ConnectionOptions, options: MysqlDriverOptions): Server {
  return new MysqlServer(settings, options)
}

class MysqlServer implements Server {
  readonly label: string
  readonly #settings: ConnectionOptions
  readonly #options: MysqlDriverOptions

  constructor(settings: ConnectionOptions, options: MysqlDriverOptions) {
    const { host = 'localhost', port = 3306, database = '', socketPath } = settings
    this.label = `${database} at ${socketPath ?? `${host}:${port}`}`
    this.#settings = settings
    this.#options = options
  }

  openPool(): Pool {
    return new MysqlPool(this.#settings, this.#options)
  }

  probe(executor: Executor) {
    return probeMysql(executor, this.label)
  }

  classify(error: unknown) {
    return classifyMysqlError(error)
  }

  explain(error: unknown) {
    return explainMysqlError(error, { label: this.label, deadlineSeconds: this.#options.deadlineSeconds })
  }
}

class MysqlPool implements Pool {
  readonly #pool: ClientPool
  readonly #deadlineSeconds: number
  readonly #isReadOnly: boolean
  readonly #texts = new StatementTexts()
  readonly #prepared = new WeakSet<PoolConnection>()
  readonly #open = new Set<PoolConnection>()

  constructor(settings: ConnectionOptions, { connections, deadlineSeconds, readOnly = false }: MysqlDriverOptions) {
    this.#deadlineSeconds = deadlineSeconds
    this.#isReadOnly = readOnly
    this.#pool = mysql.createPool({
      connectTimeout: deadlineSeconds * 1000,
      // A firewall forgets a connection that rests: the kernel's own two hours come too late for that.
      keepAliveInitialDelay: keepAliveMs,
      ...settings,
      connectionLimit: connections,
      // An update of a row to the value it has must count: a heartbeat may come twice in one second.
      flags: ['FOUND_ROWS'],
      charset: 'utf8mb4',
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
      multipleStatements: false,
      maxPreparedStatements: 200,
    })
    this.#pool.on('connection', (connection) => {
      this.#open.add(connection)
      connection.once('end', () => this.#open.delete(connection))
      // A session that breaks between two statements says so as an event, which would end the process if nobody heard it.
      connection.on('error', () => this.#open.delete(connection))
    })
  }

  async acquire(): Promise<Session> {
    const connection = await this.#connection()
    try {
      if (!this.#prepared.has(connection)) await this.#prepareSession(connection)
    } catch (error) {
      this.#destroy(connection)
      throw error
    }
    return {
      query: (sql, parameters = []) => this.#query(connection, sql, parameters),
      unlimited: async (sql) => {
        await this.#setIfKnown(connection, 'max_statement_time', 0)
        await send(connection, { sql })
        await this.#limitStatements(connection)
      },
      release: () => connection.release(),
      destroy: () => this.#destroy(connection),
    }
  }

  /** A server that is gone never answers the goodbye: neither the process nor the socket must wait for that. */
  #destroy(connection: PoolConnection): void {
    this.#open.delete(connection)
    connection.destroy()
    const socket: unknown = Reflect.get(connection, 'stream')
    if (socket instanceof Socket) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    // The goodbye waits behind a statement that is never answered, and is not told when that session is destroyed.
    const giveUp = setTimeout(resolve, this.#deadlineSeconds * 1000)
    this.#pool.end(() => resolve())
    await promise
    clearTimeout(giveUp)
    for (const connection of this.#open) this.#destroy(connection)
  }

  #connection(): Promise<PoolConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<PoolConnection>()
    this.#pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)))
    return promise
  }

  /**
   * READ COMMITTED locks only the rows that a claim takes, not all that it walked over. The strict mode refuses text that
   * a column cannot hold instead of cutting it. A server may be told to leave a statement open until somebody commits, or
   * to begin a transaction behind each commit: what was acknowledged would be gone with the session. Or to answer with so many
   * rows only, and to refuse what looks at many: it is known here what is asked.
   */
  async #prepareSession(connection: PoolConnection): Promise<void> {
    const timeoutMs = this.#deadlineSeconds * 1000
    await send(connection, { sql: 'set session transaction isolation level read committed', timeoutMs })
    await send(connection, {
      timeoutMs,
      sql: `set session autocommit = 1, completion_type = 'NO_CHAIN',
       sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
       sql_select_limit = 18446744073709551615, sql_safe_updates = 0, sql_big_selects = 1,
       time_zone = '+00:00', innodb_lock_wait_timeout = ${Math.max(1, Math.floor(this.#deadlineSeconds / 2))}`,
    })
    await this.#limitServer(connection)
    if (this.#isReadOnly) await send(connection, { sql: 'set session transaction read only', timeoutMs })
    this.#prepared.add(connection)
  }

  /**
   * The server gives a statement up a little sooner than we do: one that we abandoned would go on, and write what we said
   * was not written. Nor must a process that hangs in the middle of a transaction keep its rows locked. MariaDB knows
   * both, and counts in seconds; MySQL can be told of statements that read, in milliseconds.
   */
  async #limitServer(connection: PoolConnection): Promise<void> {
    const seconds = this.#deadlineSeconds
    await this.#limitStatements(connection)
    await this.#setIfKnown(connection, 'idle_transaction_timeout', Math.max(1, Math.ceil(seconds)))
    await this.#setIfKnown(connection, 'max_execution_time', Math.ceil(seconds * 900))
  }

  #limitStatements(connection: PoolConnection): Promise<void> {
    return this.#setIfKnown(connection, 'max_statement_time', this.#deadlineSeconds * 0.9)
  }

  async #setIfKnown(connection: PoolConnection, variable: string, value: number): Promise<void> {
    try {
      await send(connection, {
        sql: `set session ${variable} = ${value}`,
        timeoutMs: Math.max(1, this.#deadlineSeconds) * 1000,
      })
    } catch (error) {
      if (codeOf(error, 'errno') !== unknownVariable) throw error
    }
  }

  /** A text that comes again is prepared on the server: it need not be read again, and its values are not escaped. */
  #query(connection: PoolConnection, sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
    return send(connection, { sql, parameters, isPrepared: this.#texts.isRepeated(sql) })
  }
}

const unknownVariable = '1193'
const keepAliveMs = 30_000

interface Statement {
  readonly sql: string
  readonly parameters?: readonly SqlValue[]
  readonly isPrepared?: boolean
  /** After which the client ends the connection. The driver has a deadline of its own, but not for a session in the making. */
  readonly timeoutMs?: number
}

function send(
  connection: PoolConnection,
  { sql, parameters = [], isPrepared = false, timeoutMs: timeout = 0 }: Statement,
): Promise<QueryResult> {
  const { promise, resolve, reject } = Promise.withResolvers<QueryResult>()
  const answer = (error: unknown, result: unknown) =>
    error ? reject(withoutStatement(error)) : resolve(resultOf(result))
  const values = [...parameters]
  if (isPrepared && values.length > 0) connection.execute(sql, values, answer)
  else connection.query({ sql, values, timeout }, answer)
  return promise
}

/** The client writes the statement with its values onto the error, and a payload is nothing to be logged. */
function withoutStatement(error: unknown): unknown {
  if (error instanceof Error) Reflect.deleteProperty(error, 'sql')
  return error
}

function resultOf(result: unknown): QueryResult {
  if (Array.isArray(result)) return { rows: result, changes: result.length }
  const header = typeof result === 'object' && result !== null ? result : {}
  const changes = Number('affectedRows' in header ? header.affectedRows : 0)
  return { rows: [], changes, ...('insertId' in header && { insertedId: String(header.insertId) }) }
}
