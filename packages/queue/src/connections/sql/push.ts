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

async function insert(executor: Executor, { nowUnixSeconds }: Dialect, jobs: readonly NewJob[]): Promise<void> {
  const rows = jobs.map(({ due }) => rowOf(nowUnixSeconds, 'inSeconds' in due))
  const parameters: SqlValue[] = []
  for (const { queue, due, payload } of jobs) {
    parameters.push(queue, 'inSeconds' in due ? due.inSeconds : due.atUnixSeconds, payload)
  }
  await executor.query(
    `insert into jobs (queue, attempts, reserved_at, available_at, created_at, payload)
     values ${rows.join(', ')}`,
    parameters,
  )
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
