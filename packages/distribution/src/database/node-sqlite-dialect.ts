import type { DatabaseSync } from 'node:sqlite'
import { openSqliteFile, untilSqliteIsFree } from '@surtidor/queue/sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
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
 * then `DatabaseBusyError`.
 */
export function nodeSqliteDialect(path: string, busySeconds = 10): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new ImmediateDriver(path, busySeconds),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

class ImmediateDriver extends SqliteDriver implements Driver {
  readonly #path: string
  readonly #busySeconds: number

  constructor(path: string, busySeconds: number) {
    super({ database: async () => open(path, busySeconds) })
    this.#path = path
    this.#busySeconds = busySeconds
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const begin = () => connection.executeQuery(CompiledQuery.raw('begin immediate'))
    await untilSqliteIsFree(this.#path, begin, this.#busySeconds)
  }
}

function open(path: string, busySeconds: number): SqliteDatabase {
  const database = openSqliteFile(path, busySeconds)
  return { close: () => database.close(), prepare: (sql) => statement(database, sql) }
}

function statement(database: DatabaseSync, sql: string): SqliteStatement {
  const prepared = database.prepare(sql)
  return {
    reader: prepared.columns().length > 0,
    all: (parameters) => prepared.all(...values(parameters)),
    run: (parameters) => prepared.run(...values(parameters)),
    iterate: (parameters) => prepared.iterate(...values(parameters)),
  }
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
