import type { QueryResult, SqlValue } from '../connection.ts'

/** Runs one statement, alone or inside a transaction. */
export interface Executor {
  query(sql: string, parameters?: readonly SqlValue[]): Promise<QueryResult>
}

/** What a SQL connection needs of a database client. Every statement has a deadline. */
export interface Driver extends Executor, AsyncDisposable {
  readonly dialect: Dialect
  /** Commits when `work` resolves, rolls back when it rejects. `work` must only await statements of its own executor. */
  transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T>
}

/** The differences between databases, as data. SQL texts are written with `?` for each parameter. */
export interface Dialect {
  readonly name: string
  /** Expression for the database's clock in whole unix seconds. */
  readonly nowUnixSeconds: string
  /** Expression for the database's clock as `YYYY-MM-DD HH:MM:SS` in UTC. */
  readonly nowUtc: string
  /** Expression for `nowUtc` minus `?` hours. */
  readonly hoursAgoUtc: string
  /** Ends a select that reserves rows; locked rows are skipped, so that two workers never wait for each other. */
  readonly lockClause: string
  /** Ends an insert into failed_jobs whose uuid is there already: keeps the newest exception. */
  readonly replaceFailure: string
  /** Statements that create tables and indexes, each safe to run again. */
  readonly schema: readonly string[]
}
