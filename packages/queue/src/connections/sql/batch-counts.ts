import type { BatchMember } from '../../connection.ts'
import type { Dialect, Executor } from '../../drivers/driver.ts'

/**
 * The counts of a batch as Laravel keeps them: a completed job is pending no more, a failed one stays pending until a retry
 * completes it, and the first failure ends a batch that allows none. A batch that was pruned has nothing to count.
 */
export async function countCompleted(executor: Executor, dialect: Dialect, member: BatchMember): Promise<void> {
  const batch = await lockBatch(executor, dialect, member)
  if (!batch) return
  const failedIds = batch.failedIds.filter((id) => id !== member.uuid)
  await executor.query(
    `update job_batches
     set pending_jobs = pending_jobs - 1, failed_job_ids = ?
       ${batch.pending === 1 ? `, finished_at = ${dialect.nowUnixSeconds}` : ''}
     where id = ?`,
    [JSON.stringify(failedIds), member.batchId],
  )
}

export async function countFailed(executor: Executor, dialect: Dialect, member: BatchMember): Promise<void> {
  const batch = await lockBatch(executor, dialect, member)
  if (!batch) return
  const failedIds = [...new Set([...batch.failedIds, member.uuid])]
  const now = dialect.nowUnixSeconds
  const isOver = batch.failed === 0 && !member.allowsFailures(batch.options)
  await executor.query(
    `update job_batches
     set failed_jobs = failed_jobs + 1, failed_job_ids = ?
       ${isOver ? `, cancelled_at = ${now}, finished_at = ${now}` : ''}
     where id = ?`,
    [JSON.stringify(failedIds), member.batchId],
  )
}

interface Batch {
  readonly pending: number
  readonly failed: number
  readonly failedIds: readonly string[]
  readonly options: string
}

async function lockBatch(
  executor: Executor,
  { rowLock }: Dialect,
  { batchId }: BatchMember,
): Promise<Batch | undefined> {
  const { rows } = await executor.query(
    `select pending_jobs, failed_jobs, failed_job_ids, options from job_batches where id = ? ${rowLock}`,
    [batchId],
  )
  const [row] = rows
  if (!row) return undefined
  // The rows of some clients of applications have no names.
  const [pending, failed, failedIds, options] = Object.values(row)
  return {
    pending: Number(pending),
    failed: Number(failed),
    failedIds: readIds(String(failedIds)),
    options: String(options ?? ''),
  }
}

/** A list, which PHP writes as an object when it has gaps. What cannot be read is none. */
function readIds(text: string): readonly string[] {
  try {
    const ids: unknown = JSON.parse(text)
    return typeof ids === 'object' && ids !== null ? Object.values(ids).map(String) : []
  } catch {
    return []
  }
}
