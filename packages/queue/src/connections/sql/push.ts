import type { ClaimedJob, NewJob, SqlValue } from '../../connection.ts'
import type { Dialect, Executor } from '../../drivers/driver.ts'

/** Rows and bytes of one insert: below every database's limits on parameters and packet size. */
const maxRows = 500
const maxBytes = 1_048_576

/** Inserts the jobs in as few statements as the limits allow. */
export async function push(executor: Executor, dialect: Dialect, jobs: readonly NewJob[]): Promise<void> {
  for (const group of groups(jobs)) await insert(executor, dialect, group)
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
  return { id: String(rows[0]?.id ?? insertedId), attempts: 1, queue, payload, forgiven: 0 }
}

async function insert(executor: Executor, dialect: Dialect, jobs: readonly NewJob[]): Promise<void> {
  const [first] = jobs
  const areAlike = dialect.payloadsFromJson && first && jobs.length > 1 && jobs.every((job) => isLike(job, first))
  if (areAlike) await insertAlike(executor, dialect, { jobs, first })
  else await insertValues(executor, dialect, jobs)
}

function isLike(a: NewJob, b: NewJob): boolean {
  return a.queue === b.queue && 'inSeconds' in a.due === 'inSeconds' in b.due && dueNumber(a.due) === dueNumber(b.due)
}

/** Jobs of one queue that are due together, which differ in their payloads only. */
async function insertAlike(
  executor: Executor,
  { nowUnixSeconds: now, payloadsFromJson }: Dialect,
  { jobs, first: { queue, due } }: { readonly jobs: readonly NewJob[]; readonly first: NewJob },
): Promise<void> {
  await executor.query(
    `insert into jobs (queue, attempts, reserved_at, available_at, created_at, payload)
     select ?, 0, null, ${'inSeconds' in due ? `${now} + ?` : '?'}, ${now}, payload
     from ${payloadsFromJson}`,
    [queue, dueNumber(due), JSON.stringify(jobs.map(({ payload }) => payload))],
  )
}

async function insertValues(executor: Executor, { nowUnixSeconds }: Dialect, jobs: readonly NewJob[]): Promise<void> {
  const rows = jobs.map(({ due }) => rowOf(nowUnixSeconds, 'inSeconds' in due))
  const parameters: SqlValue[] = []
  for (const { queue, due, payload } of jobs) parameters.push(queue, dueNumber(due), payload)
  await executor.query(
    `insert into jobs (queue, attempts, reserved_at, available_at, created_at, payload)
     values ${rows.join(', ')}`,
    parameters,
  )
}

function dueNumber(due: NewJob['due']): number {
  return 'inSeconds' in due ? due.inSeconds : due.atUnixSeconds
}

function rowOf(now: string, isFromNow: boolean): string {
  return `(?, 0, null, ${isFromNow ? `${now} + ?` : '?'}, ${now}, ?)`
}

function* groups(jobs: readonly NewJob[]): Generator<readonly NewJob[]> {
  let start = 0
  let bytes = 0
  for (const [index, { payload }] of jobs.entries()) {
    const size = Buffer.byteLength(payload)
    const isFull = index - start === maxRows || bytes + size > maxBytes
    if (isFull && index > start) {
      yield jobs.slice(start, index)
      start = index
      bytes = 0
    }
    bytes += size
  }
  if (start < jobs.length) yield jobs.slice(start)
}
