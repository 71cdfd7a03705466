import { defaultCachePrefix } from '../laravel/cache-keys.ts'
import type { LaravelVersion } from '../laravel/formats.ts'
import type { DatabaseKind, ReadOnlyDatabase } from '../read-only-database.ts'
import { findPrefixTrouble } from './cache-findings.ts'
import { unlessLate } from './check-not-done.ts'
import type { Finding } from './finding.ts'
import { failedJobFindings, type JobFacts, jobFindings } from './job-findings.ts'
import { JobTally } from './job-tally.ts'
import { readTables, type TableFound, type Tables } from './read-tables.ts'
import { type ScanPlan, scanRows } from './scan-rows.ts'
import { findServerTrouble } from './server-findings.ts'
import { findTableTrouble, hasColumns, laravelTables } from './table-findings.ts'
import { versionFinding } from './version-findings.ts'

export interface InspectionSettings {
  /** The names of the jobs that the program has. */
  readonly handlers?: Iterable<string>
  /** As for `createQueue`: with `leave`, what no handler is there for is no reason to warn. Default `fail`. */
  readonly unknownJobs?: 'leave' | 'fail'
  /** That of the workers. Default 90. */
  readonly retryAfterSeconds?: number
  /** As for `createQueue`. */
  readonly laravel?: {
    readonly cachePrefix?: string
    readonly version?: LaravelVersion
    readonly keys?: readonly string[]
  }
  /** Rows of each table that are looked at; of a larger one a sample is. Default 100,000. */
  readonly maxRows?: number
  /** Seconds for the rows of each table. Default 20. */
  readonly maxSeconds?: number
}

/**
 * Looks at the queue's tables in a database that a Laravel application may have made, and says what stands in the way of
 * working on them together. It reads only, and answers nothing of what the jobs are about.
 */
export async function inspectLaravelQueue(
  database: ReadOnlyDatabase,
  settings: InspectionSettings = {},
): Promise<readonly Finding[]> {
  const tables = await readTables(database, Object.keys(laravelTables))
  const { version = 11, cachePrefix = defaultCachePrefix(version) } = settings.laravel ?? {}
  const trouble = [...(await findServerTrouble(database)), ...(await findTableTrouble(database, tables))]
  const late: Finding[] = []
  const jobs = await unlessLate(late, 'jobs', () => countJobs(database, tables, settings))
  const failed = await unlessLate(late, 'failed_jobs', () => countFailedJobs(database, tables, settings))
  const prefix = await unlessLate(late, 'cache', () => findPrefixTrouble(database, tables, cachePrefix))
  const versions = [jobs, failed].flatMap((facts) => [...(facts?.tally.versions.values() ?? [])])
  return [
    ...trouble,
    ...(jobs ? jobFindings(jobs) : []),
    ...(failed ? failedJobFindings(failed) : []),
    ...(jobs || failed ? [versionFinding(versions, version)] : []),
    ...(prefix ?? []),
    ...late,
  ]
}

function countJobs(
  database: ReadOnlyDatabase,
  tables: Tables,
  settings: InspectionSettings,
): Promise<JobFacts | undefined> {
  const table = tables.get('jobs')
  const wanted = ['queue', 'attempts', 'reserved_at'].filter((column) => table?.columns.has(column))
  return countRows(database, table, { settings, columns: wanted })
}

function countFailedJobs(
  database: ReadOnlyDatabase,
  tables: Tables,
  settings: InspectionSettings,
): Promise<JobFacts | undefined> {
  return countRows(database, tables.get('failed_jobs'), { settings, columns: [] })
}

interface Counting {
  readonly settings: InspectionSettings
  readonly columns: readonly string[]
}

/** Undefined when the table, or what tells its jobs, is not there. */
async function countRows(
  database: ReadOnlyDatabase,
  table: TableFound | undefined,
  { settings, columns }: Counting,
): Promise<JobFacts | undefined> {
  if (!hasColumns(table, ['id', 'payload'])) return undefined
  const {
    handlers = [],
    unknownJobs = 'fail',
    retryAfterSeconds = 90,
    laravel = {},
    maxRows = 100_000,
    maxSeconds = 20,
  } = settings
  const keys = laravel.keys ?? []
  const nowUnixSeconds = await readClock(database)
  const tally = new JobTally({ retryAfterSeconds, nowUnixSeconds, keys, highestAttempts: highestAttempts(table) })
  const plan: ScanPlan = { table: table.name, columns, maxRows, untilMs: performance.now() + maxSeconds * 1000 }
  const sample = await scanRows(database, plan, (row) => tally.add(row))
  return { tally, sample, handlers: new Set(handlers), unknownJobs, retryAfterSeconds, hasKeys: keys.length > 0 }
}

function highestAttempts({ columns }: TableFound): number | undefined {
  const column = columns.get('attempts')
  if (column?.type !== 'tinyint') return undefined
  return column.isUnsigned ? 255 : 127
}

const clocks: Readonly<Record<DatabaseKind, string>> = {
  sqlite: 'select unixepoch() as seconds',
  mysql: 'select unix_timestamp() as seconds',
  postgres: 'select floor(extract(epoch from now())) as seconds',
}

async function readClock(database: ReadOnlyDatabase): Promise<number> {
  const [row] = await database.query(clocks[database.kind])
  return Number(row?.seconds)
}
