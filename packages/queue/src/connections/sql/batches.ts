import type { BatchFilter, NewBatch } from '../../connection.ts'
import type { Dialect, Driver, Executor } from '../../drivers/driver.ts'
import { UnreadableBatchError } from '../../errors.ts'
import { deleteInChunks } from './delete-in-chunks.ts'

/** A new batch with so many members, none of which has ended. */
export async function insertBatch(
  executor: Executor,
  { nowUnixSeconds, batchOptions }: Dialect,
  { batch: { id, name, options }, members }: { readonly batch: NewBatch; readonly members: number },
): Promise<void> {
  await executor.query(
    `insert into job_batches (id, name, total_jobs, pending_jobs, failed_jobs, failed_job_ids, options, created_at)
     values (?, ?, ?, ?, 0, '[]', ?, ${nowUnixSeconds})`,
    [id, name, members, members, batchOptions(options)],
  )
}

/** Laravel's table `job_batches`, whose list of failed jobs is a JSON text. */
export async function failedInBatch(executor: Executor, id: string): Promise<readonly string[] | undefined> {
  const { rows } = await executor.query('select failed_job_ids from job_batches where id = ?', [id])
  const [row] = rows
  return row && readUuids(id, String(row.failed_job_ids))
}

export async function pruneBatches(driver: Driver, { state, olderThanHours }: BatchFilter): Promise<number> {
  const { nowUnixSeconds } = await driver.dialect()
  const sql = `${conditions[state]} < ${nowUnixSeconds} - ?`
  return deleteInChunks(driver, 'job_batches', { sql, parameters: [Math.min(olderThanHours, maxHours) * 3600] })
}

/** 45 years: some servers count these seconds without a sign, and there is nothing before 1970. */
const maxHours = 400_000

/** Each ends with the moment that must be long ago. */
const conditions: Readonly<Record<BatchFilter['state'], string>> = {
  finished: 'finished_at is not null and finished_at',
  unfinished: 'finished_at is null and created_at',
  cancelled: 'cancelled_at is not null and created_at',
}

function readUuids(id: string, text: string): readonly string[] {
  const uuids = parse(text)
  // What PHP removes ids from in the middle of becomes an object with numbers as its keys.
  const list = typeof uuids === 'object' && uuids !== null ? Object.values(uuids) : [undefined]
  if (!list.every((uuid) => typeof uuid === 'string')) throw new UnreadableBatchError(id)
  return list
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
