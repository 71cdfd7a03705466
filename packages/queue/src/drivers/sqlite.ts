import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import type { QueryResult, SqlValue } from '../connection.ts'
import { DatabaseBusyError, DatabaseUnusableError } from '../errors.ts'
import { sqliteSchema } from '../migrations/sqlite.ts'
import type { Dialect, Driver, Executor } from './driver.ts'

/**
 * The embedded database. SQLite lets one process write at a time and `node:sqlite` blocks the thread while it waits, so
 * the wait inside SQLite is short and the long one is ours, outside, where timers and signals go on. Transactions begin
 * immediate: one that reads first and writes later would be refused as soon as another process wrote in between.
 * `synchronous = full`: what was acknowledged survives a power cut.
 */
export function sqliteDriver(path: string, deadlineSeconds = 10): Driver {
  return new SqliteDriver(path, deadlineSeconds)
}

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  nowUnixSeconds: 'unixepoch()',
  nowUtc: `strftime('%Y-%m-%d %H:%M:%S', 'now')`,
  hoursAgoUtc: `strftime('%Y-%m-%d %H:%M:%S', 'now', '-' || ? || ' hours')`,
  lockClause: '',
  replaceFailure: 'on conflict (uuid) do update set exception = excluded.exception, failed_at = excluded.failed_at',
  schema: sqliteSchema,
}

const blockingWaitMs = 25
/** Two connections that write and checkpoint at the same instant can corrupt the file before this version. */
const oldestSafeVersion = [3, 51, 3] as const
const primaryCode = { busy: 5, notADatabase: 26, cannotOpen: 14 } as const

class SqliteDriver implements Driver {
  readonly dialect = sqliteDialect
  readonly #path: string
  readonly #deadlineSeconds: number
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #lastTurn: Promise<unknown> = Promise.resolve()

  constructor(path: string, deadlineSeconds: number) {
    checkVersion(path)
    this.#path = path
    this.#deadlineSeconds = deadlineSeconds
    this.#database = open(path)
  }

  query(sql: string, parameters: readonly SqlValue[] = []): Promise<QueryResult> {
    return this.#inTurn(() => this.#untilFree(() => this.#run(sql, parameters)))
  }

  transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.#untilFree(() => this.#database.exec('begin immediate'))
      try {
        const result = await work({ query: async (sql, parameters = []) => this.#run(sql, parameters) })
        this.#database.exec('commit')
        return result
      } catch (error) {
        // A full disk has rolled back by itself.
        if (this.#database.isTransaction) this.#database.exec('rollback')
        throw error
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#database.isOpen) this.#database.close()
    })
  }

  /** One connection has one transaction at a time: whoever comes meanwhile waits for its turn. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work, work)
    this.#lastTurn = turn.catch(() => undefined)
    return turn
  }

  async #untilFree<T>(attempt: () => T): Promise<T> {
    const deadline = performance.now() + this.#deadlineSeconds * 1000
    for (;;) {
      try {
        return attempt()
      } catch (error) {
        if (primaryCodeOf(error) !== primaryCode.busy) throw error
        if (performance.now() > deadline)
          throw new DatabaseBusyError(this.#path, this.#deadlineSeconds, { cause: error })
      }
      await wait(5 + Math.random() * 45)
    }
  }

  #run(sql: string, parameters: readonly SqlValue[]): QueryResult {
    const statement = this.#statement(sql)
    if (statement.columns().length > 0) {
      const rows = statement.all(...parameters)
      return { rows, changes: rows.length }
    }
    return { rows: [], changes: Number(statement.run(...parameters).changes) }
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#database.prepare(sql)
    statement.setReadBigInts(true)
    // Inserts of many rows have many texts; a bounded cache keeps the ones that repeat without growing for ever.
    if (this.#statements.size < 64) this.#statements.set(sql, statement)
    return statement
  }
}

function open(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const database = new DatabaseSync(path, { timeout: blockingWaitMs })
    database.exec('pragma synchronous = full')
    database.exec('pragma journal_mode = wal')
    return database
  } catch (error) {
    throw new DatabaseUnusableError(path, reasonOf(error), { cause: error })
  }
}

function reasonOf(error: unknown): string {
  const code = primaryCodeOf(error)
  if (code === primaryCode.notADatabase) return 'the file is not a SQLite database; check the path'
  if (code === primaryCode.cannotOpen)
    return 'the file cannot be opened; check that its folder exists and may be written'
  return error instanceof Error ? error.message : String(error)
}

function primaryCodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) % 256 : undefined
}

function checkVersion(path: string): void {
  const version = (process.versions.sqlite ?? '0').split('.').map(Number)
  const difference =
    oldestSafeVersion.map((part, index) => (version[index] ?? 0) - part).find((part) => part !== 0) ?? 0
  if (difference < 0) {
    throw new DatabaseUnusableError(
      path,
      `SQLite ${version.join('.')} can corrupt it; use a Node with SQLite 3.51.3 or newer`,
    )
  }
}
