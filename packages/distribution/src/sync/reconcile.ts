import { failRun } from '../copy/runs/run-attempts.ts'
import { type BatchDependencies, continueBatch } from './continue-batches.ts'

export interface Reconciled {
  /** Runs whose job was gone from the queue: they have failed now. */
  readonly lost: number
  /** Runs that were dispatched. */
  readonly dispatched: number
}

/**
 * Puts right what a crash, or a cleared queue, has left of the batches under way: a run without a job fails, so that it takes
 * nobody's place, and each batch goes on or ends. Safe at any time and by many at once; for cron, once a minute. It looks for
 * as many jobs as the limits of the batches allow.
 */
export async function reconcileBatches(deps: BatchDependencies): Promise<Reconciled> {
  let lost = 0
  for (const jobUuid of await jobsAtWork(deps)) {
    if (await deps.queue.isQueued(jobUuid)) continue
    const run = await failRun(deps.central, jobUuid, new Error('Su trabajo ya no está en la cola.'))
    if (run?.state === 'failed') lost += 1
  }
  if (lost > 0) await deps.wakeSender?.()
  let dispatched = 0
  for (const distributorId of await distributorsWithBatch(deps)) dispatched += await continueBatch(deps, distributorId)
  return { lost, dispatched }
}

/** Of the runs of active batches. */
async function jobsAtWork({ central }: BatchDependencies): Promise<readonly string[]> {
  const rows = await central
    .selectFrom('sync_batches as batch')
    .innerJoin('sync_batch_stores as store', 'store.batch_id', 'batch.id')
    .innerJoin('copy_runs as run', 'run.id', 'store.run_id')
    .select('run.job_uuid as jobUuid')
    .where('batch.active_tenant_id', 'is not', null)
    .where('run.state', 'in', ['pending', 'running'])
    .execute()
  return rows.map(({ jobUuid }) => jobUuid)
}

async function distributorsWithBatch({ central }: BatchDependencies): Promise<readonly string[]> {
  const rows = await central
    .selectFrom('sync_batches')
    .select('tenant_id as id')
    .where('active_tenant_id', 'is not', null)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}
