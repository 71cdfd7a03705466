import type { QueryResult, SqlValue } from '../../../src/connection.ts'
import type { Dialect, Driver, Executor } from '../../../src/drivers/driver.ts'
import type { SourceModules } from '../../support/source-modules.ts'
import type { SimulatedClock } from './simulated-clock.ts'
import { type Snapshot, takeSnapshot } from './snapshot.ts'
import { type SqlForm, simulatedNow } from './sql-form.ts'

/** What one statement or one transaction did to the tables. */
export interface Effect {
  readonly before: Snapshot
  readonly after: Snapshot
  /** Unix seconds, by the database's clock. */
  readonly now: number
  /** By the clock that only goes forward. */
  readonly atMs: number
}

/**
 * The one database of a simulation: the real statements on the real SQLite, in memory. Each statement and each transaction
 * is carried out whole before the next one, and what it did is told to `onEffect`.
 */
export class SimulatedDatabase implements AsyncDisposable {
  readonly dialect: Dialect
  readonly #driver: Driver
  readonly #clock: SimulatedClock
  #shownSeconds = 0
  #seen: Snapshot

  private constructor(
    driver: Driver,
    { dialect, clock, seen }: { dialect: Dialect; clock: SimulatedClock; seen: Snapshot },
  ) {
    this.#driver = driver
    this.dialect = dialect
    this.#clock = clock
    this.#seen = seen
  }

  static async open(modules: SourceModules, form: SqlForm, clock: SimulatedClock): Promise<SimulatedDatabase> {
    const driver = modules.sqlite.sqliteDriver(':memory:')
    const dialect = { ...(await driver.dialect()), ...simulatedNow, ...form.differences }
    await driver.query('create table simulated_clock (seconds integer not null, precise real not null)')
    await driver.query('insert into simulated_clock (seconds, precise) values (0, 0)')
    await new modules.sqlConnection.SqlConnection(driver, 90).migrate()
    return new SimulatedDatabase(driver, { dialect, clock, seen: await takeSnapshot(driver) })
  }

  get now(): Snapshot {
    return this.#seen
  }

  query(
    sql: string,
    parameters: readonly SqlValue[] | undefined,
    onEffect: (effect: Effect) => void,
  ): Promise<QueryResult> {
    const isRead = sql.trimStart().startsWith('select')
    return this.#carryOut(() => this.#driver.query(sql, parameters), { onEffect, isRead })
  }

  transaction<T>(work: (executor: Executor) => Promise<T>, onEffect: (effect: Effect) => void): Promise<T> {
    return this.#carryOut(() => this.#driver.transaction(work), { onEffect, isRead: false })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver[Symbol.asyncDispose]()
  }

  async #carryOut<T>(act: () => Promise<T>, { onEffect, isRead }: Observing): Promise<T> {
    await this.#showTime()
    const before = this.#seen
    try {
      return await act()
    } finally {
      if (!isRead) this.#seen = await takeSnapshot(this.#driver, this.#seen)
      onEffect({ before, after: this.#seen, now: this.#clock.unixSeconds, atMs: this.#clock.monotonicMs })
    }
  }

  async #showTime(): Promise<void> {
    const { unixSeconds, unixSecondsPrecise } = this.#clock
    if (this.#shownSeconds === unixSecondsPrecise) return
    this.#shownSeconds = unixSecondsPrecise
    await this.#driver.query('update simulated_clock set seconds = ?, precise = ?', [unixSeconds, unixSecondsPrecise])
  }
}

interface Observing {
  readonly onEffect: (effect: Effect) => void
  /** It changes nothing, so nothing need be compared. */
  readonly isRead: boolean
}
