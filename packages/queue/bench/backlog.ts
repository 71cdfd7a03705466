import { jobData } from './job-data.ts'
import type { Database } from './place.ts'
import type { SqlClient } from './sql-client.ts'

export interface Rows {
  readonly count: number
  /** Seconds from now until they are due. */
  readonly dueIn?: number
  readonly isReserved?: boolean
}

type OurDatabase = Exclude<Database, 'redis'>

/** What differs between the databases when rows are made inside them. */
const dialects: Readonly<
  Record<OurDatabase, { readonly now: string; readonly uuid: string; readonly series: (count: number) => string }>
> = {
  mariadb: { now: 'unix_timestamp()', uuid: 'uuid()', series: (count) => `seq_1_to_${count}` },
  postgres: {
    now: 'floor(extract(epoch from now()))::bigint',
    uuid: 'gen_random_uuid()',
    series: (count) => `generate_series(1, ${count})`,
  },
  sqlite: {
    now: 'unixepoch()',
    uuid: 'lower(hex(randomblob(16)))',
    series: (count) =>
      `(with recursive series (n) as (select 1 union all select n + 1 from series where n < ${count}) select n from series)`,
  },
}

const rowsPerStatement = 100_000

/** Writes jobs of ours by the database's own means: a million takes seconds, not minutes. */
export async function writeRows(client: SqlClient, database: Database, rows: Rows): Promise<void> {
  if (database === 'redis') throw new Error('Our jobs are not kept on Redis.')
  for (let left = rows.count; left > 0; left -= rowsPerStatement) {
    await client.run(insertRows(database, { ...rows, count: Math.min(left, rowsPerStatement) }))
  }
}

function insertRows(database: OurDatabase, { count, dueIn = 0, isReserved = false }: Rows): string {
  const { now, uuid, series } = dialects[database]
  const [before, after] = payloadAroundUuid()
  const payload =
    database === 'mariadb' ? `concat('${before}', ${uuid}, '${after}')` : `'${before}' || ${uuid} || '${after}'`
  const attempts = isReserved ? 1 : 0
  const reservedAt = isReserved ? now : 'null'
  return `insert into jobs (queue, payload, attempts, reserved_at, available_at, created_at)
    select 'default', ${payload}, ${attempts}, ${reservedAt}, ${now} + ${dueIn}, ${now}
    from ${series(count)} as series`
}

function payloadAroundUuid(): readonly [string, string] {
  const rest = {
    displayName: 'NoOp',
    job: 'NoOp',
    maxTries: null,
    maxExceptions: null,
    failOnTimeout: false,
    backoff: null,
    timeout: null,
    data: jobData(),
  }
  return ['{"uuid":"', `",${JSON.stringify(rest).slice(1)}`]
}

/** After a bulk load the planner must know the table, as it does once a table has lived for a while. */
export async function refreshStatistics(client: SqlClient, database: Database): Promise<void> {
  const statements = {
    mariadb: 'analyze table jobs',
    postgres: 'vacuum analyze jobs',
    sqlite: undefined,
    redis: undefined,
  }
  const statement = statements[database]
  if (statement) await client.run(statement)
}
