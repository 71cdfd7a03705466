import type { ClaimedJob, NewJob, SqlValue } from '../../connection.ts'
import type { Dialect, Executor, Fragment } from '../../drivers/driver.ts'

/** Rows and UTF-16 units (of up to three bytes) of one insert: below every database's limits on parameters and packet size. */
const maxRows = 500
const maxUnits = 349_525

interface Insert {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

/**
 * Inserts the jobs in as few statements as the limits allow; answers the queues they went to. The next statement is made
 * while the server works on the last.
 */
export async function push(executor: Executor, dialect: Dialect, jobs: Iterable<NewJob>): Promise<ReadonlySet<string>> {
  const queues = new Set<string>()
  let written: Promise<unknown> = Promise.resolve()
  try {
    for (const group of groups(jobs)) {
      for (const { queue } of group) queues.add(queue)
      const { sql, parameters } = insertOf(dialect, group)
      await written
      written = executor.query(sql, parameters)
    }
  } finally {
    await written
  }
  return queues
}

/** One row that is reserved from the start. */
export async function pushReserved(
  executor: Executor,
  { nowUnixSeconds: now, insertReturns }: Dialect,
  { queue, payload }: Pick<NewJob, 'queue' | 'payload'>,
): Promise<ClaimedJob> {
  const { rows, insertedId } = await executor.query(
    `insert into jobs (queue, attempts, reserved_at, available_at, created_at, payload)
     values (?, 1, ${now}, ${now}, ${now}, ?) ${insertReturns ? 'returning id' : ''}`,
    [queue, payload],
  )
  return { id: String(rows[0]?.id ?? insertedId), attempts: 1, queue, payload, forgiven: 0, crashes: 0 }
}

function insertOf({ nowUnixSeconds: now, payloadRows }: Dialect, jobs: readonly NewJob[]): Insert {
  const [first] = jobs
  const areAlike = first && jobs.length > 1 && jobs.every((job) => isLike(job, first))
  if (!payloadRows || !areAlike) return insertRows(now, jobs)
  return insertAlike(now, first, payloadRows(jobs.map(({ payload }) => payload)))
}

function isLike(a: NewJob, b: NewJob): boolean {
  return a.queue === b.queue && 'inSeconds' in a.due === 'inSeconds' in b.due && dueNumber(a.due) === dueNumber(b.due)
}

/** Jobs of one queue that are due together, which differ in their payloads only. */
function insertAlike(now: string, { queue, due }: NewJob, payloads: Fragment): Insert {
  return {
    sql: `insert into jobs (queue, attempts, reserved_at, available_at, created_at, payload)
      select ?, 0, null, ${'inSeconds' in due ? 'now.seconds + ?' : '?'}, now.seconds, payload
      from (select ${now} as seconds) as now cross join ${payloads.sql}`,
    parameters: [queue, dueNumber(due), ...payloads.parameters],
  }
}

function insertRows(now: string, jobs: readonly NewJob[]): Insert {
  const rows = jobs.map(({ due }) => rowOf(now, due))
  const parameters: SqlValue[] = []
  for (const { queue, due, payload } of jobs) {
    parameters.push(queue)
    if (!isNow(due)) parameters.push(dueNumber(due))
    parameters.push(payload)
  }
  return {
    sql: `insert into jobs (queue, attempts, reserved_at, available_at, created_at, payload) values ${rows.join(', ')}`,
    parameters,
  }
}

/** A parameter less for nearly every job. */
function isNow(due: NewJob['due']): boolean {
  return 'inSeconds' in due && due.inSeconds === 0
}

function dueNumber(due: NewJob['due']): number {
  return 'inSeconds' in due ? due.inSeconds : due.atUnixSeconds
}

function rowOf(now: string, due: NewJob['due']): string {
  if (isNow(due)) return `(?, 0, null, ${now}, ${now}, ?)`
  return `(?, 0, null, ${'inSeconds' in due ? `${now} + ?` : '?'}, ${now}, ?)`
}

function* groups(jobs: Iterable<NewJob>): Generator<readonly NewJob[]> {
  let group: NewJob[] = []
  let units = 0
  for (const job of jobs) {
    const isFull = group.length === maxRows || units + job.payload.length > maxUnits
    if (isFull && group.length > 0) {
      yield group
      group = []
      units = 0
    }
    group.push(job)
    units += job.payload.length
  }
  if (group.length > 0) yield group
}
