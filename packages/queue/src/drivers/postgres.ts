import pg, { type QueryResult as ClientResult, type PoolClient, type PoolConfig, type QueryConfig } from 'pg'
import type { QueryResult, SqlValue } from '../connection.ts'
import type { Driver, Executor } from './driver.ts'
import { codeOf } from './error-code.ts'
import { postgresDialect, probePostgres } from './postgres-dialect.ts'
import { classifyPostgresError, explainPostgresError, preparedElsewhere } from './postgres-errors.ts'
import { PostgresSignals, type SignalTimings } from './postgres-signals.ts'
import { type Pool, type Server, ServerDriver, type Session } from './server-driver.ts'
import { StatementTexts } from './statement-texts.ts'

export interface PostgresDriverOptions {
  readonly connections: number
  readonly deadlineSeconds: number
  readonly signals?: Partial<SignalTimings>
}

/** PostgreSQL through `pg`. */
export function postgresDriver(settings: PoolConfig, options: PostgresDriverOptions): Driver {
  const server = new PostgresServer(settings, options)
  return new ServerDriver(server, {
    deadlineSeconds: options.deadlineSeconds,
    lanes: Math.min(2, options.connections),
    batch: 2_000,
    openSignals: (executor) => new PostgresSignals(() => new pg.Client(server.settings), executor, options.signals),
  })
}

/** What the driver knows of the server; for a driver whose statements are looked at, or made to fail. */
export function postgresServer(settings: PoolConfig, options: PostgresDriverOptions): Server {
  return new PostgresServer(settings, options)
}

class PostgresServer implements Server {
  readonly label: string
  readonly settings: PoolConfig
  readonly #deadlineMs: number
  #isNaming = true

  constructor(settings: PoolConfig, { connections, deadlineSeconds }: PostgresDriverOptions) {
    const { host = 'localhost', port = 5432, database = '' } = settings
    this.label = `${database} at ${host}:${port}`
    this.#deadlineMs = deadlineSeconds * 1000
    this.settings = {
      connectionTimeoutMillis: deadlineSeconds * 1000,
      keepAlive: true,
      // A firewall forgets a connection that rests: the kernel's own two hours come too late for that.
      keepAliveInitialDelayMillis: keepAliveMs,
      // A session that is done with keeps no process alive, not even one whose server never says goodbye.
      allowExitOnIdle: true,
      application_name: 'surtidor',
      ...settings,
      max: connections,
      // Numbers may be larger than JavaScript holds exactly: everything comes as text.
      types: { getTypeParser: () => String },
    }
  }

  openPool(): Pool {
    return new PostgresPool(this.settings, {
      deadlineMs: this.#deadlineMs,
      isNaming: () => this.#isNaming,
      stopNaming: () => {
        this.#isNaming = false
      },
    })
  }

  probe(executor: Executor) {
    return probePostgres(executor, this.label)
  }

  classify(error: unknown) {
    return classifyPostgresError(error)
  }

  explain(error: unknown) {
    return explainPostgresError(error, { label: this.label, deadlineSeconds: this.#deadlineMs / 1000 })
  }
}

const keepAliveMs = 30_000

interface PoolOptions {
  readonly deadlineMs: number
  /** Whether statements may be prepared under a name: not behind a pooler that gives each transaction another backend. */
  isNaming(): boolean
  stopNaming(): void
}

class PostgresPool implements Pool {
  readonly #pool: pg.Pool
  readonly #options: PoolOptions
  readonly #prepared = new WeakSet<PoolClient>()
  readonly #open = new Set<PoolClient>()
  readonly #texts = new StatementTexts()

  constructor(settings: PoolConfig, options: PoolOptions) {
    this.#options = options
    this.#pool = new pg.Pool(settings)
    // A session that the server ended is replaced: an idle one at the next use, one between two statements when the next
    // is refused. Without a listener on both, the process would end.
    this.#pool.on('error', () => undefined)
    this.#pool.on('connect', (client) => {
      client.on('error', () => undefined)
      this.#open.add(client)
    })
    this.#pool.on('remove', (client) => this.#open.delete(client))
  }

  async acquire(): Promise<Session> {
    const client = await this.#pool.connect()
    try {
      if (!this.#prepared.has(client)) await this.#prepareSession(client)
    } catch (error) {
      client.release(true)
      throw error
    }
    return {
      query: (sql, parameters = []) => this.#query(client, sql, parameters),
      // As one message, so in one transaction: behind a pooler the setting must not stay with the session.
      unlimited: (sql) => client.query(`set local statement_timeout = 0; ${sql}`),
      release: () => client.release(),
      destroy: () => client.release(true),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise: isLate, resolve } = Promise.withResolvers<void>()
    const giveUp = setTimeout(resolve, this.#options.deadlineMs)
    // It waits for sessions in the making too, and nobody else gives up one whose server does not answer.
    await Promise.race([this.#pool.end(), isLate])
    clearTimeout(giveUp)
    for (const client of this.#open) void client.end().catch(() => undefined)
  }

  /**
   * The server gives a statement up a little sooner than we do: one that we abandoned would go on waiting for its lock,
   * and claim jobs for nobody when it gets it. Nor may a process that hangs keep the rows of its transaction locked. A
   * database may be told to lock more than a claim needs, or to say that something is on disk before it is. Behind a
   * pooler the session is shared with others, and left as it is.
   */
  async #prepareSession(client: PoolClient): Promise<void> {
    const { rows } = await this.#ask(client, 'select pg_backend_pid() as pid')
    if (Number(rows[0]?.pid) === Reflect.get(client, 'processID')) {
      const { deadlineMs } = this.#options
      await this.#ask(
        client,
        `set statement_timeout = ${Math.ceil(deadlineMs * 0.9)};
         set idle_in_transaction_session_timeout = ${Math.ceil(deadlineMs)};
         set default_transaction_isolation = 'read committed';
         select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`,
      )
    } else {
      this.#options.stopNaming()
    }
    this.#prepared.add(client)
  }

  /** With a deadline of the client's own: nobody waits any more for a session that is not made ready, and it must not keep its place. */
  #ask(client: PoolClient, text: string): Promise<ClientResult> {
    // The types do not know the setting.
    const query: QueryConfig & { readonly query_timeout: number } = { text, query_timeout: this.#options.deadlineMs }
    return client.query(query)
  }

  async #query(client: PoolClient, sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
    const name = this.#options.isNaming() && keepsItsPlan(sql) ? this.#texts.nameOf(sql) : undefined
    const statement = { text: postgresDialect.native(sql), values: [...parameters] }
    try {
      return resultOf(await client.query(name === undefined ? statement : { ...statement, name }))
    } catch (error) {
      if (preparedElsewhere.has(codeOf(error, 'code') ?? '')) this.#options.stopNaming()
      throw error
    }
  }
}

/** A prepared statement keeps its plan: one that reads, made while the table was small, would go on to read all of it. */
function keepsItsPlan(sql: string): boolean {
  return sql.startsWith('insert into jobs')
}

function resultOf({ rows, rowCount }: ClientResult): QueryResult {
  return { rows, changes: rowCount ?? 0 }
}
