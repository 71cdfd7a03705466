import type { QueryResult, SqlValue, Watch } from '../connection.ts'
import type { SchemaStep } from '../migrations/schema-step.ts'

/** Runs one statement, alone or inside a transaction. SQL texts are written with `?` for each parameter. */
export interface Executor {
  query(sql: string, parameters?: readonly SqlValue[]): Promise<QueryResult>
}

/**
 * What a SQL connection needs of a database client. Every statement has a deadline. A statement or transaction that the
 * database gave up for another's sake (a deadlock, a lock that was not free) is run again by the driver.
 */
export interface Driver extends Executor, AsyncDisposable {
  /** Asks the server once what it can do; throws `DatabaseUnusableError` when it cannot serve a queue. */
  dialect(): Promise<Dialect>
  /** The tables were changed: what was learnt about them is asked again. */
  forgetDialect(): void
  /** Changes the tables, which takes as long as they are large: an hour at the most. */
  change(sql: string): Promise<void>
  /**
   * Commits when `work` resolves, rolls back when it rejects. `work` must only await statements of its own executor, and
   * may run more than once.
   */
  transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T>
  /** Throws while no new jobs may be written: what room its disk has is for those that are there to end. */
  checkRoom?(): void
  /** Frees what room is kept on the disk for that. */
  makeRoom?(): void
  /** The error of a client as a person should read it; the same one where there is nothing to add. */
  explain(error: unknown): unknown
  /** The database as a person would call it, without secrets. */
  readonly label: string
  /** Transactions that gain from running side by side: 1 where one file or one thread serves them all. */
  readonly lanes: number
  /** Rows that a claim may take at once before it gets slower by the row. */
  readonly batch: number
  /** Other processes can be told, and tell us, that there is work. */
  readonly signals?: Signals
}

/** What the database itself offers to wake other processes up. */
export interface Signals extends AsyncDisposable {
  /** Tells other processes that listen to the queue, soon; many calls in a moment are one signal. Never throws. */
  send(queue: string): void
  /** Hears what other processes say of these queues, until disposed. */
  listen(queues: readonly string[], onSignal: () => void): Watch
}

/** The differences between databases, as data. */
export interface Dialect {
  readonly name: string
  /** Expression for the database's clock in whole unix seconds, the same within one statement. */
  readonly nowUnixSeconds: string
  /** The same with fractions. */
  readonly nowPrecise: string
  /** Expression for the database's clock as `YYYY-MM-DD HH:MM:SS` in UTC. */
  readonly nowUtc: string
  /** Expression for `nowUtc` minus `?` hours. */
  readonly hoursAgoUtc: string
  /** Ends a select that reserves rows; locked rows are skipped, so that two workers never wait for each other. */
  readonly lockClause: string
  /** Ends a select that locks rows and waits for those that another holds. */
  readonly rowLock: string
  /** Stands behind `jobs` in a select that reserves rows: names the index where the planner may take a worse one. */
  readonly claimHint: string
  /** Stands behind `jobs` where rows are named by their ids: many ids look like the whole table to some planners. */
  readonly idHint: string
  /** Begins a delete of rows named by their ids. */
  readonly deleteFromJobs: string
  /** What the column `attempts` holds at the most. */
  readonly maxAttempts: number
  /** An update can reserve rows and return them: a claim is one statement. */
  readonly updateReturns: boolean
  /** An insert can return the row it made; elsewhere the client tells its id. */
  readonly insertReturns: boolean
  /** A delete can return the rows it deleted. */
  readonly deleteReturns: boolean
  /**
   * Deleted rows are walked by later scans until nobody may see them any more, for as long as somebody's transaction is
   * open: a claim goes on where the last one ended.
   */
  readonly walksDeletedRows: boolean
  /** A comparison of two columns with two values is one range of an index. */
  readonly comparesRows: boolean
  /** Condition on a column that must be one of these ids. */
  oneOf(ids: readonly string[]): Fragment
  /** Condition on a column that must be one of those a subselect finds; the subselect runs once. */
  oneOfSelect(select: string): string
  /** A table with a column `payload`, for jobs that differ in nothing else. Undefined where whole rows are faster. */
  payloadRows?(payloads: readonly string[]): Fragment
  /** Condition: one of the texts stands in the payload, letter by letter. */
  payloadContains(texts: readonly string[]): Fragment
  /** Ends an insert into a side table whose job is there already: counts one more. */
  countAgain(table: string): string
  /** Ends an insert into `queue_slots` whose slot is there already: leaves what is there. */
  readonly keepSlot: string
  /** The column `job_batches.options` of what PHP serialized: Laravel has it in base64 on one database. */
  batchOptions(serialized: string): string
  /** The column `key` of the cache tables, which is a word of the language in some databases. */
  readonly keyColumn: string
  /** Ends an insert into `cache` whose key is there already: takes its place. */
  readonly replaceCached: string
  /** Ends an insert into `cache` or `cache_locks` whose key is there already: leaves what is there. */
  readonly keepCached: string
  /** The text with the placeholders that the database's clients take. */
  native(sql: string): string
  /** What creates tables and indexes, in order; each step is safe to run again. */
  readonly schema: readonly SchemaStep[]
}

/** A part of a statement with its parameters. */
export interface Fragment {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}
