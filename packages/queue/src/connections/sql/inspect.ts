import type { Page, QueueSize, Row, StoredJob } from '../../connection.ts'
import type { Driver, Executor } from '../../drivers/driver.ts'
import { deleteInChunks } from './delete-in-chunks.ts'
import { forgetDeleted } from './side-tables.ts'

export async function size(driver: Driver, queue: string): Promise<QueueSize> {
  const { nowUnixSeconds: now } = await driver.dialect()
  const { rows } = await driver.query(
    `select
       (select count(*) from jobs where queue = ? and reserved_at is null and available_at <= ${now}) as pending,
       (select count(*) from jobs where queue = ? and reserved_at is null and available_at > ${now}) as delayed_jobs,
       (select count(*) from jobs where queue = ? and reserved_at is not null) as reserved`,
    [queue, queue, queue],
  )
  const row = rows[0] ?? {}
  return { pending: Number(row.pending), delayed: Number(row.delayed_jobs), reserved: Number(row.reserved) }
}

export async function oldestDue(driver: Driver, queue: string): Promise<number | undefined> {
  const { nowUnixSeconds: now } = await driver.dialect()
  const { rows } = await driver.query(
    `select min(available_at) as oldest
     from jobs
     where queue = ? and reserved_at is null and available_at <= ${now}`,
    [queue],
  )
  const oldest = rows[0]?.oldest ?? null
  return oldest === null ? undefined : Number(oldest)
}

export async function jobs(executor: Executor, page: Page): Promise<readonly StoredJob[]> {
  const { rows } = await executor.query(
    `select id, queue, payload, attempts, reserved_at, available_at, created_at
     from jobs
     order by available_at, id
     limit ? offset ?`,
    [page.limit ?? 50, page.offset ?? 0],
  )
  return rows.map(storedJob)
}

/** The payload's text is searched: Laravel's table has no column for the uuid. */
export async function isQueued(executor: Executor, uuid: string): Promise<boolean> {
  const needle = `"uuid":${JSON.stringify(uuid)}`.replaceAll(/[!%_]/g, '!$&')
  const { rows } = await executor.query(`select id from jobs where payload like ? escape '!' limit 1`, [`%${needle}%`])
  return rows.length > 0
}

export async function clear(executor: Executor, queue: string): Promise<number> {
  const deleted = await deleteInChunks(executor, 'jobs', { sql: 'queue = ?', parameters: [queue] })
  await forgetDeleted(executor)
  return deleted
}

function storedJob(row: Row): StoredJob {
  return {
    id: String(row.id),
    queue: String(row.queue),
    payload: String(row.payload),
    attempts: Number(row.attempts),
    reservedAt: row.reserved_at === null ? null : Number(row.reserved_at),
    availableAt: Number(row.available_at),
    createdAt: Number(row.created_at),
  }
}
