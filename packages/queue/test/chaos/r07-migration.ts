import { sqliteTables } from '../../src/migrations/sqlite.ts'
import { type FaultedQueue, faultedQueue } from '../support/faulted-queue.ts'
import { sourceModules } from '../support/source-modules.ts'
import type { DriverName, ScenarioContext, Verdict } from './harness/scenario.ts'
import { retryAfter } from './r07-operations.ts'

const all = 1_000_000

/**
 * An empty database is migrated, and the n-th statement fails: alone, or with all that follow, as when the process ends
 * there. Whoever migrates again must bring the tables to what they are when nothing happens, whatever is there by then.
 */
export async function sweepMigration({ driver, source, size, random }: ScenarioContext): Promise<Verdict> {
  const modules = await sourceModules(source)
  await using faulted = await faultedQueue(driver, { modules, retryAfter })
  const migrate = () => modules.index.createQueue({ connection: faulted.connect() }).migrate()
  const sweep = new MigrationSweep({ driver, faulted, migrate })
  const statements = await sweep.undisturbed()
  const ns = Array.from({ length: statements }, (_, index) => index + 1)
  const faults = [...faulted.faults, ...faulted.lastingFaults]
  const cuts = random.shuffle(faults.flatMap((fault) => ns.map((n) => ({ fault, n }))))
  const { migrations = all } = size
  // A file is migrated in a moment.
  for (const cut of cuts.slice(0, driver === 'sqlite' ? all : migrations)) {
    await sweep.try(cut)
    // What was left open is in the way of the next one.
    if (sweep.violations.length > 0) break
  }
  return sweep.verdict
}

interface Cut {
  readonly fault: string
  readonly n: number
}

interface Bench {
  readonly driver: DriverName
  readonly faulted: FaultedQueue
  readonly migrate: () => Promise<void>
}

class MigrationSweep {
  readonly violations: string[] = []
  readonly #bench: Bench
  #whole = ''
  #migrations = 0
  #leftInPart = 0

  constructor(bench: Bench) {
    this.#bench = bench
  }

  get verdict(): Verdict {
    const figures = { migrations: this.#migrations, migrationsLeftInPart: this.#leftInPart }
    return { figures, faults: this.#bench.faulted.total, violations: this.violations }
  }

  /** How many statements it takes. */
  async undisturbed(): Promise<number> {
    const { faulted, migrate } = this.#bench
    // The first one asks the server what it can do.
    await migrate()
    this.#whole = await this.#tables()
    await this.#empty()
    const before = faulted.statements
    await migrate()
    if ((await this.#tables()) !== this.#whole)
      this.violations.push('A migration of an empty database makes other tables.')
    return faulted.statements - before
  }

  async try({ fault, n }: Cut): Promise<void> {
    const { faulted, migrate } = this.#bench
    await this.#empty()
    faulted.arm(fault, n)
    const error = await errorOf(migrate)
    const strike = faulted.disarm()
    const isWhole = (await this.#tables()) === this.#whole
    this.#migrations += 1
    if (!isWhole) this.#leftInPart += 1
    const found = [...faulted.takeProblems()]
    if (error === undefined && !isWhole) found.push('it was said to be done, and is not')
    if (error !== undefined && !strike) found.push('it failed although nothing happened to it')
    found.push(...(await this.#again()))
    const told = error === undefined ? '' : `; the caller was told: ${error}`
    const where = `migrate an empty database, statement ${n} (${strike?.sql.trim().slice(0, 60)}) met ${fault}`
    this.violations.push(...found.map((problem) => `${where}: ${problem}${told}`))
  }

  async #again(): Promise<readonly string[]> {
    const { faulted, migrate } = this.#bench
    const error = await errorOf(migrate)
    if (error !== undefined) return [`it could not be done again: ${error}`]
    const tables = await this.#tables()
    return [
      ...faulted.takeProblems(),
      ...(tables === this.#whole ? [] : [`done again, the tables are ${tables} instead of ${this.#whole}`]),
    ]
  }

  async #empty(): Promise<void> {
    for (const name of sqliteTables) await this.#bench.faulted.query(`drop table if exists ${name}`)
    const left = await this.#tables()
    if (left !== '') throw new Error(`The database is not empty: ${left}`)
  }

  /** Columns and indexes. */
  async #tables(): Promise<string> {
    const { driver, faulted } = this.#bench
    const rows = await faulted.query(whatIsThere[driver])
    return rows
      .map(({ line }) => String(line))
      .sort()
      .join('\n')
  }
}

async function errorOf(act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** What a database says of its tables, as lines. */
const whatIsThere: Readonly<Record<DriverName, string>> = {
  sqlite: `select sql as line from sqlite_schema where sql is not null and name not like 'sqlite\\_%' escape '\\'`,
  mariadb: `
    select concat_ws(' ', table_name, column_name, column_type, is_nullable, column_default, extra, collation_name) as line
    from information_schema.columns
    where table_schema = database()
    union all
    select concat_ws(' ', table_name, index_name, seq_in_index, column_name, non_unique)
    from information_schema.statistics
    where table_schema = database()`,
  postgres: `
    select concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable, column_default) as line
    from information_schema.columns
    where table_schema = current_schema()
    union all
    select indexdef from pg_indexes where schemaname = current_schema()
    union all
    select concat_ws(' ', relname, array_to_string(reloptions, ' '))
    from pg_class
    where relnamespace = current_schema()::regnamespace and relkind = 'r'`,
}
