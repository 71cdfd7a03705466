import type { NewJob, SqlValue } from '../../connection.ts'
import type { Dialect, Executor } from '../../drivers/driver.ts'

/** Rows and bytes of one insert: below every database's limits on parameters and packet size. */
const maxRows = 500
const maxBytes = 1_048_576

/** Inserts the jobs in as few statements as the limits allow. */
export async function push(executor: Executor, dialect: Dialect, jobs: readonly NewJob[]): Promise<void> {
  for (const group of groups(jobs)) await insert(executor, dialect, group)
}

async function insert(executor: Executor, dialect: Dialect, jobs: readonly NewJob[]): Promise<void> {
  const now = dialect.nowUnixSeconds
  const rows = jobs.map((job) => {
    const due = 'inSeconds' in job.due ? `${now} + ?` : '?'
    return `(?, 0, null, ${due}, ${now}, ?)`
  })
  const parameters = jobs.flatMap<SqlValue>((job) => [
    job.queue,
    'inSeconds' in job.due ? job.due.inSeconds : job.due.atUnixSeconds,
    job.payload,
  ])
  await executor.query(
    `insert into jobs (queue, attempts, reserved_at, available_at, created_at, payload)
     values ${rows.join(', ')}`,
    parameters,
  )
}

function* groups(jobs: readonly NewJob[]): Generator<readonly NewJob[]> {
  let group: NewJob[] = []
  let bytes = 0
  for (const job of jobs) {
    const size = Buffer.byteLength(job.payload)
    if (group.length === maxRows || (group.length > 0 && bytes + size > maxBytes)) {
      yield group
      group = []
      bytes = 0
    }
    group.push(job)
    bytes += size
  }
  if (group.length > 0) yield group
}
