import { type ClaimedJob, maxForgiven, type Reservation } from '../../connection.ts'
import type { Dialect, Executor } from '../../drivers/driver.ts'

/**
 * What is counted of a job beside its row, in tables of ours: the row is Laravel's. In a transaction they are written after
 * the rows of `jobs`, `queue_expired` first, so that two who write both never wait for each other crosswise.
 */
type SideTable = 'queue_expired' | 'queue_crashes'

/**
 * Claims that are not the job's fault: they ended with their whole worker. `attempts` names a reservation, so such a claim
 * stays counted there; here it is counted as one that does not count as a try.
 */
export function countForgiven(executor: Executor, dialect: Dialect, ids: readonly string[]): Promise<void> {
  return countOneMore(executor, dialect, { table: 'queue_expired', ids })
}

/** Claims that ended their process, or may have. */
export function countCrashes(executor: Executor, dialect: Dialect, ids: readonly string[]): Promise<void> {
  return countOneMore(executor, dialect, { table: 'queue_crashes', ids })
}

export async function crashesOf(executor: Executor, id: string): Promise<number> {
  const { rows } = await executor.query('select times from queue_crashes where job_id = ?', [id])
  return Number(rows[0]?.times ?? 0)
}

/** Adds what is counted of each job; of a first claim nothing can be. */
export async function withCounts(
  executor: Executor,
  dialect: Dialect,
  jobs: readonly ClaimedJob[],
): Promise<readonly ClaimedJob[]> {
  const again = jobs.filter(({ attempts }) => attempts > 1)
  if (again.length === 0) return jobs
  const counts = await countsOf(
    executor,
    dialect,
    again.map(({ id }) => id),
  )
  return jobs.map((job) => ({ ...job, ...counts(job.id) }))
}

type Counts = Pick<ClaimedJob, 'forgiven' | 'crashes'>

/** Answers what is counted of each of these jobs. */
export async function countsOf(
  executor: Executor,
  dialect: Dialect,
  ids: readonly string[],
): Promise<(id: string) => Counts> {
  const { sql, parameters } = dialect.oneOf(ids)
  const { rows } = await executor.query(
    `select job_id, times, 0 as is_crash from queue_expired where job_id ${sql}
     union all
     select job_id, times, 1 as is_crash from queue_crashes where job_id ${sql}`,
    [...parameters, ...parameters],
  )
  const times = new Map(rows.map((row) => [`${row.job_id}/${row.is_crash}`, Number(row.times)]))
  return (id) => ({
    forgiven: Math.min(times.get(`${id}/0`) ?? 0, maxForgiven),
    crashes: times.get(`${id}/1`) ?? 0,
  })
}

/** The jobs are gone. Of a first claim nothing is counted, except by who looked at how it ended. */
export async function forgetClaimedAgain(
  executor: Executor,
  dialect: Dialect,
  jobs: readonly Reservation[],
): Promise<void> {
  const again = jobs.filter(({ attempts }) => attempts > 1)
  if (again.length > 0) await forget(executor, dialect, again)
}

export async function forget(executor: Executor, dialect: Dialect, jobs: readonly Reservation[]): Promise<void> {
  const { sql, parameters } = dialect.oneOf(jobs.map(({ id }) => id))
  for (const table of sideTables) await executor.query(`delete from ${table} where job_id ${sql}`, parameters)
}

/** Of jobs that others deleted. Their ids do not come again, unless somebody empties the table. */
export async function forgetDeleted(executor: Executor): Promise<void> {
  for (const table of sideTables)
    await executor.query(`delete from ${table} where not exists (select 1 from jobs where jobs.id = ${table}.job_id)`)
}

/**
 * Throws what the database says when a table is missing, before a claim could reserve jobs that it then cannot hand out. A
 * table `jobs` that is somebody else's is said first.
 */
export async function checkTables(executor: Executor): Promise<void> {
  await executor.query('select attempts, reserved_at, available_at from jobs where id = 0')
  for (const table of sideTables) await executor.query(`select times from ${table} where job_id = 0`)
}

const sideTables: readonly SideTable[] = ['queue_expired', 'queue_crashes']

interface Count {
  readonly table: SideTable
  readonly ids: readonly string[]
}

async function countOneMore(executor: Executor, dialect: Dialect, { table, ids }: Count): Promise<void> {
  if (ids.length === 0) return
  await executor.query(
    `insert into ${table} (job_id, times)
     values ${ids.map(() => '(?, 1)').join(', ')}
     ${dialect.countAgain(table)}`,
    ids,
  )
}
