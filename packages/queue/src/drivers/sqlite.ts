import { resolve } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { QueryResult, SqlValue } from '../connection.ts'
import { DatabaseBusyError, DatabaseUnusableError, QueueClosedError } from '../errors.ts'
import { sqliteSchema, sqliteTables } from '../migrations/sqlite.ts'
import type { Dialect, Driver, Executor } from './driver.ts'
import { isDiskFull, isSqliteFault } from './sqlite-errors.ts'
import { openSqliteFile, untilSqliteIsFree } from './sqlite-file.ts'
import { SqliteLog } from './sqlite-log.ts'
import { SqliteReserve } from './sqlite-reserve.ts'

export interface SqliteDriverOptions {
  readonly deadlineSeconds?: number
  /** Opens the file: for a database whose statements are looked at, or made to fail. */
  readonly open?: (path: string) => DatabaseSync
}

/**
 * The embedded database. Transactions begin immediate: one that reads first and writes later would be refused as soon as
 * another process wrote in between.
 */
export function sqliteDriver(path: string, options: SqliteDriverOptions = {}): Driver {
  return new SqliteDriver(path, options)
}

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  nowUnixSeconds: 'unixepoch()',
  nowPrecise: `unixepoch('subsec')`,
  nowUtc: `strftime('%Y-%m-%d %H:%M:%S', 'now')`,
  hoursAgoUtc: `strftime('%Y-%m-%d %H:%M:%S', 'now', '-' || ? || ' hours')`,
  // A transaction that writes has the file to itself.
  lockClause: '',
  rowLock: '',
  claimHint: '',
  idHint: '',
  deleteFromJobs: 'delete from jobs',
  maxAttempts: 2_147_483_647,
  updateReturns: true,
  insertReturns: true,
  deleteReturns: true,
  walksDeletedRows: false,
  comparesRows: true,
  oneOf: (ids) => ({ sql: 'in (select value from json_each(?))', parameters: [`[${ids.join(',')}]`] }),
  oneOfSelect: (select) => `in (${select})`,
  batchOptions: (serialized) => serialized,
  countAgain: () => 'on conflict (job_id) do update set times = times + 1',
  // One condition a text would be too deep a tree for a few hundred.
  payloadContains: (texts) => ({
    sql: 'exists (select 1 from json_each(?) as known where instr(payload, known.value) > 0)',
    parameters: [JSON.stringify(texts)],
  }),
  payloadRows: (payloads) => ({
    sql: `(select column1 as payload from (values ${payloads.map(() => '(?)').join(', ')})) as pushed`,
    parameters: payloads,
  }),
  keepSlot: 'on conflict (name, slot) do nothing',
  keyColumn: 'key',
  replaceCached: 'on conflict (key) do update set value = excluded.value, expiration = excluded.expiration',
  keepCached: 'on conflict (key) do nothing',
  native: (sql) => sql,
  schema: sqliteSchema,
}

class SqliteDriver implements Driver {
  readonly label: string
  readonly lanes = 1
  readonly batch = 2_000
  readonly #path: string
  readonly #deadlineSeconds: number
  readonly #database: DatabaseSync
  readonly #reserve: SqliteReserve | undefined
  readonly #log: SqliteLog
  readonly #statements = new Map<string, StatementSync>()
  #lastTurn: Promise<unknown> = Promise.resolve()
  #closed: Promise<void> | undefined
  /** Of the last one who waited for the file in vain, until somebody has it again. */
  #busyError: DatabaseBusyError | undefined

  constructor(path: string, { deadlineSeconds = 10, open = openSqliteFile }: SqliteDriverOptions) {
    this.label = path === ':memory:' ? path : resolve(path)
    this.#path = path
    this.#deadlineSeconds = deadlineSeconds
    this.#database = open(path)
    this.#reserve = path === ':memory:' ? undefined : new SqliteReserve(path)
    this.#log = new SqliteLog(this.#database, path, () => this.#reserve?.isShort() === true)
  }

  async dialect(): Promise<Dialect> {
    return sqliteDialect
  }

  forgetDialect(): void {}

  checkRoom(): void {
    if (!this.#reserve || !this.#database.isOpen) return
    const logBytes = () => this.#log.bytes()
    const unusedBytes = () => this.#unusedBytes()
    if (this.#reserve.hasRoomForMore({ logBytes, unusedBytes })) return
    throw new DatabaseUnusableError(this.#path, 'disk_full')
  }

  makeRoom(): void {
    this.#reserve?.free()
  }

  /** Also of the application's own client on the same file. */
  explain(error: unknown): unknown {
    if (!isDiskFull(error)) return error
    this.#reserve?.free()
    return new DatabaseUnusableError(this.#path, 'disk_full', { cause: error })
  }

  query(sql: string, parameters: readonly SqlValue[] = []): Promise<QueryResult> {
    const calledAt = performance.now()
    return this.#inTurn(() => this.#untilFree(() => this.#run(sql, parameters), calledAt))
  }

  async change(sql: string): Promise<void> {
    await this.query(sql)
  }

  transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    const calledAt = performance.now()
    return this.#inTurn(async () => {
      try {
        await this.#untilFree(() => this.#database.exec('begin immediate'), calledAt)
        const result = await work({ query: async (sql, parameters = []) => this.#runInside(sql, parameters) })
        this.#database.exec('commit')
        return result
      } catch (error) {
        this.#rollBack()
        throw error
      }
    })
  }

  /** A full disk has rolled back by itself. A failing one may refuse even that: it is tried again now, and by whoever comes next. */
  #rollBack(): void {
    for (let tries = 0; tries < 3 && this.#database.isTransaction; tries += 1) {
      try {
        this.#database.exec('rollback')
      } catch {
        // What made the transaction fail says more.
      }
    }
  }

  /** A second time waits for the first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#takeTurn(async () => this.#database.close())
    await this.#closed
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#takeTurn(async () => {
      try {
        const result = await work()
        this.#log.keepSmall()
        return result
      } catch (error) {
        const explained = this.explain(error)
        // What the reserve gave would soon be used up by a log that grows where it could begin anew.
        if (isDiskFull(error)) this.#log.startOver()
        throw explained
      }
    })
  }

  /** One connection has one transaction at a time: whoever comes meanwhile waits for its turn. */
  #takeTurn<T>(work: () => Promise<T>): Promise<T> {
    const checked = async () => {
      if (!this.#database.isOpen) throw new QueueClosedError()
      this.#rollBack()
      return work()
    }
    const turn = this.#lastTurn.then(checked, checked)
    this.#lastTurn = turn.catch(() => undefined)
    return turn
  }

  /** The deadline counts from the call: who comes behind one that waited in vain has waited as long. */
  async #untilFree<T>(attempt: () => T, calledAt: number): Promise<Awaited<T>> {
    const deadlineSeconds = this.#deadlineSeconds
    if (this.#busyError && performance.now() > calledAt + deadlineSeconds * 1000) throw this.#busyError
    try {
      const result = await untilSqliteIsFree(this.#path, attempt, { deadlineSeconds, since: calledAt })
      this.#busyError = undefined
      return result
    } catch (error) {
      if (error instanceof DatabaseBusyError) this.#busyError = error
      throw error
    }
  }

  /** What SQLite has rolled back by itself must not go on outside of the transaction. */
  #runInside(sql: string, parameters: readonly SqlValue[]): QueryResult {
    if (!this.#database.isTransaction) throw new Error('The transaction was rolled back by an earlier error.')
    return this.#run(sql, parameters)
  }

  #run(sql: string, parameters: readonly SqlValue[]): QueryResult {
    const statement = this.#statement(sql)
    if (statement.columns().length > 0) {
      const rows = statement.all(...parameters)
      return { rows, changes: rows.length }
    }
    return { rows: [], changes: Number(statement.run(...parameters).changes) }
  }

  /** Pages that deleted rows left in the file, for others to be written there. */
  #unusedBytes(): number {
    const numberOf = (pragma: string) => Number(this.#database.prepare(`pragma ${pragma}`).get()?.[pragma])
    return numberOf('freelist_count') * numberOf('page_size')
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#prepare(sql)
    statement.setReadBigInts(true)
    // Inserts of many rows have many texts; a bounded cache keeps the ones that repeat without growing for ever.
    if (this.#statements.size < 64) this.#statements.set(sql, statement)
    return statement
  }

  /** SQLite has one code for all that is wrong with a text: what is missing is looked up. */
  #prepare(sql: string): StatementSync {
    try {
      return this.#database.prepare(sql)
    } catch (error) {
      if (!isSqliteFault(error) || !this.#lacksTables()) throw error
      throw new DatabaseUnusableError(this.#path, 'missing_tables', { cause: error })
    }
  }

  #lacksTables(): boolean {
    const found = this.#database.prepare(`select name from sqlite_schema where type = 'table'`).all()
    const names = new Set(found.map(({ name }) => name))
    return sqliteTables.some((table) => !names.has(table))
  }
}
