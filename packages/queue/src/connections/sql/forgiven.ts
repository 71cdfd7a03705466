import type { ClaimedJob, Reservation } from '../../connection.ts'
import type { Dialect, Executor } from '../../drivers/driver.ts'

/**
 * Claims that are not the job's fault: they ended with their whole worker. `attempts` names a reservation, so such a claim
 * stays counted there; here it is counted as one that does not count as a try.
 */
export async function forgive(executor: Executor, dialect: Dialect, jobs: readonly Reservation[]): Promise<void> {
  if (jobs.length === 0) return
  await executor.query(
    `insert into queue_expired (job_id, times)
     values ${jobs.map(() => '(?, 1)').join(', ')}
     ${dialect.countExpired}`,
    jobs.map(({ id }) => id),
  )
}

/** A job that was there whenever so many workers died is no victim of theirs any more. */
const maxExpired = 50

/** Adds how many claims of each job are forgiven; a first claim cannot have any. */
export async function withForgiven(
  executor: Executor,
  dialect: Dialect,
  jobs: readonly ClaimedJob[],
): Promise<readonly ClaimedJob[]> {
  const again = jobs.filter(({ attempts }) => attempts > 1)
  if (again.length === 0) return jobs
  const { sql, parameters } = dialect.oneOf(again.map(({ id }) => id))
  const { rows } = await executor.query(`select job_id, times from queue_expired where job_id ${sql}`, parameters)
  const counts = new Map(rows.map((row) => [String(row.job_id), Math.min(Number(row.times), maxExpired)]))
  return jobs.map((job) => ({ ...job, forgiven: counts.get(job.id) ?? 0 }))
}

/** The jobs are gone. */
export async function forget(executor: Executor, dialect: Dialect, jobs: readonly Reservation[]): Promise<void> {
  const again = jobs.filter(({ attempts }) => attempts > 1)
  if (again.length === 0) return
  const { sql, parameters } = dialect.oneOf(again.map(({ id }) => id))
  await executor.query(`delete from queue_expired where job_id ${sql}`, parameters)
}

/** Of jobs that others deleted. Their ids do not come again, unless somebody empties the table. */
export async function forgetDeleted(executor: Executor): Promise<void> {
  await executor.query(
    'delete from queue_expired where not exists (select 1 from jobs where jobs.id = queue_expired.job_id)',
  )
}
