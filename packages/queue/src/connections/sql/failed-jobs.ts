import type { FailedFilter, FailedJob, Page, Row } from '../../connection.ts'
import type { Driver, Executor } from '../../drivers/driver.ts'
import { deleteInChunks } from './delete-in-chunks.ts'
import { push } from './push.ts'

const columns = 'uuid, connection, queue, payload, exception, failed_at'

export async function failed(executor: Executor, page: Page): Promise<readonly FailedJob[]> {
  const { rows } = await executor.query(`select ${columns} from failed_jobs order by id desc limit ? offset ?`, [
    page.limit ?? 50,
    page.offset ?? 0,
  ])
  return rows.map(failedJob)
}

export async function countFailed(executor: Executor): Promise<number> {
  const { rows } = await executor.query('select count(*) as total from failed_jobs')
  return Number(rows[0]?.total)
}

export async function findFailed(executor: Executor, uuid: string): Promise<FailedJob | undefined> {
  const { rows } = await executor.query(`select ${columns} from failed_jobs where uuid = ?`, [uuid])
  return rows.map(failedJob)[0]
}

/** Oldest first: the order in which they are retried. */
export async function failedUuids(executor: Executor, filter: FailedFilter): Promise<readonly string[]> {
  const { rows } = filter.queue
    ? await executor.query('select uuid from failed_jobs where queue = ? order by id', [filter.queue])
    : await executor.query('select uuid from failed_jobs order by id')
  return rows.map((row) => String(row.uuid))
}

/** The delete decides: of two who retry the same job at once, one finds it gone and pushes nothing. Answers the job. */
export async function retry(
  driver: Driver,
  uuid: string,
  prepare: (payload: string) => string,
): Promise<FailedJob | undefined> {
  const dialect = await driver.dialect()
  return driver.transaction(async (executor) => {
    const job = await findFailed(executor, uuid)
    if (!job || !(await forget(executor, uuid))) return undefined
    await push(executor, dialect, [{ queue: job.queue, payload: prepare(job.payload), due: { inSeconds: 0 } }])
    return job
  })
}

export async function forget(executor: Executor, uuid: string): Promise<boolean> {
  const { changes } = await executor.query('delete from failed_jobs where uuid = ?', [uuid])
  return changes === 1
}

export async function flush(driver: Driver, olderThanHours?: number): Promise<number> {
  if (olderThanHours === undefined) return deleteInChunks(driver, 'failed_jobs', { sql: '1 = 1', parameters: [] })
  const { hoursAgoUtc } = await driver.dialect()
  return deleteInChunks(driver, 'failed_jobs', { sql: `failed_at <= ${hoursAgoUtc}`, parameters: [olderThanHours] })
}

export async function pruneFailed(driver: Driver, olderThanHours: number): Promise<number> {
  const { hoursAgoUtc } = await driver.dialect()
  const where = { sql: `failed_at < ${hoursAgoUtc}`, parameters: [olderThanHours] }
  return deleteInChunks(driver, 'failed_jobs', where)
}

function failedJob(row: Row): FailedJob {
  return {
    uuid: String(row.uuid),
    connection: String(row.connection),
    queue: String(row.queue),
    payload: String(row.payload),
    exception: String(row.exception),
    failedAt: String(row.failed_at),
  }
}
