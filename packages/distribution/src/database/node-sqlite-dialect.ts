import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { openSqliteFile, untilSqliteIsFree } from '@surtidor/queue/sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely'

/**
 * Kysely on `node:sqlite`. Kysely's own dialect speaks to better-sqlite3, and begins its transactions deferred: a
 * transaction that reads and then writes is refused at once when another process wrote in between. Here every
 * transaction begins immediate, and a locked file is waited for without blocking the event loop, up to `busySeconds`;
 * then `DatabaseBusyError`. So does a statement that is no part of one: a message that was sent and could not be marked so
 * would go out twice.
 */
export function nodeSqliteDialect(path: string, busySeconds = 10): Dialect {
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => new ImmediateDriver(new SqliteFile(path, busySeconds)),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** SQLite creates and alters tables inside transactions; Kysely's migrations may use that. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class ImmediateDriver extends SqliteDriver implements Driver {
  readonly #file: SqliteFile
  #connection: DatabaseConnection | undefined

  constructor(file: SqliteFile) {
    super({ database: async () => file.open() })
    this.#file = file
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    this.#connection ??= this.#waiting(await super.acquireConnection())
    return this.#connection
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  /** A full disk has rolled back by itself; a second `rollback` would fail and hide why. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#file.isInTransaction) await super.rollbackTransaction(connection)
  }

  /** Of a statement by itself nothing has happened when the file was locked: it may be run again. */
  #waiting(connection: DatabaseConnection): DatabaseConnection {
    const { path, busySeconds: deadlineSeconds } = this.#file
    return {
      executeQuery: <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
        const run = () => connection.executeQuery<Row>(query)
        return this.#file.isInTransaction ? run() : untilSqliteIsFree(path, run, { deadlineSeconds })
      },
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    }
  }
}

class SqliteFile {
  readonly path: string
  readonly busySeconds: number
  #database: DatabaseSync | undefined

  constructor(path: string, busySeconds: number) {
    this.path = path
    this.busySeconds = busySeconds
  }

  get isInTransaction(): boolean {
    return this.#database?.isTransaction === true
  }

  open(): SqliteDatabase {
    const database = openSqliteFile(this.path)
    // SQLite's own knows no letters beyond ASCII: who looks for «café» would not find CAFÉ.
    database.function('lower', { deterministic: true }, (text) =>
      typeof text === 'string' ? text.toLowerCase() : text,
    )
    this.#database = database
    const statements = new Statements(database)
    return { close: () => database.close(), prepare: (sql) => statements.prepare(sql) }
  }
}

/** Of one database. */
class Statements {
  readonly #database: DatabaseSync
  readonly #writes = new Map<string, SqliteStatement>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /**
   * Those that write are kept: a copy runs the same ones thousands of times, and the memory of those that are let go, which V8
   * does not see, would grow meanwhile. Readers are not, because they name the columns that there were when they were prepared.
   */
  prepare(sql: string): SqliteStatement {
    const known = this.#writes.get(sql)
    if (known) return known
    const prepared = statement(this.#database.prepare(sql))
    if (prepared.reader) return prepared
    if (this.#writes.size >= mostStatements) this.#writes.clear()
    this.#writes.set(sql, prepared)
    return prepared
  }
}

const mostStatements = 64

function statement(prepared: StatementSync): SqliteStatement {
  const names = prepared.columns().map(({ name }) => name)
  // Rows that come as objects are dictionaries, which whoever reads them pays for again and again.
  prepared.setReturnArrays(true)
  return {
    reader: names.length > 0,
    all: (parameters) => prepared.all(...values(parameters)).map((row) => rowOf(names, row)),
    run: (parameters) => prepared.run(...values(parameters)),
    iterate: (parameters) => prepared.iterate(...values(parameters)).map((row) => rowOf(names, row)),
  }
}

function rowOf(names: readonly string[], values: unknown): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  let column = 0
  for (const name of names) row[name] = (values as readonly unknown[])[column++]
  return row
}

type Value = string | number | bigint | null

function values(parameters: readonly unknown[]): Value[] {
  return parameters.map((value) => {
    if (typeof value === 'boolean') return value ? 1 : 0
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      return value
    throw new TypeError(`A SQL parameter must be text, a number, a boolean or null, not ${typeof value}.`)
  })
}
