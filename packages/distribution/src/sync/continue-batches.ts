import type { Transaction as JobTransaction } from '@surtidor/queue'
import { transact } from '@surtidor/queue/kysely'
import type { Transaction } from 'kysely'
import { enqueueRun, type RunDependencies } from '../copy/runs/runs.ts'
import type { CentralTables } from '../database/central-tables.ts'
import { isDuplicate, locking, now, untilUndisturbed } from '../database/sql.ts'
import { concurrencyOf } from './sync-settings.ts'

/** What dispatches the runs of a batch. */
export type BatchDependencies = RunDependencies

/**
 * Dispatches the next stores of the distributor's batch, as many as its limit leaves room for, and ends the batch when nothing
 * is left. Whatever has happened before, the answer is read from the runs themselves: calling it once too often does nothing,
 * and a call that a crash has swallowed is made up for by the next. The row of the batch is locked meanwhile, so that two
 * copies which end at once do not both fill the same place. Answers how many it has dispatched.
 *
 * Since a batch has no more than its limit in the queue, a store that somebody registers waits behind those few and not behind
 * a whole campaign, and batches of several distributors take turns.
 */
export async function continueBatch(deps: BatchDependencies, distributorId: string): Promise<number> {
  // Most copies end where there is no batch: nothing is locked for them.
  if (!(await hasActiveBatch(deps, distributorId))) return 0
  const work = () => transact(deps.central, (trx, tx) => continueInside(deps, { trx, tx }, distributorId))
  return untilUndisturbed(() =>
    work().catch((error: unknown) => {
      // Somebody has started a copy of one of the stores since they were chosen: the second look leaves that one out.
      if (isDuplicate(error)) return work()
      throw error
    }),
  )
}

/** The same for the distributor of a company of which a copy has ended; the company itself may be deleted by now. */
export async function continueBatchOf(deps: BatchDependencies, companyId: number): Promise<void> {
  const companies = deps.central.selectFrom('vnt_companies').select('tenant_id').where('id', '=', companyId)
  const company = await companies.executeTakeFirst()
  if (company) await continueBatch(deps, company.tenant_id)
}

async function continueInside(deps: BatchDependencies, { trx, tx }: Opened, distributorId: string): Promise<number> {
  const batch = await lockActiveBatch(trx, distributorId)
  if (!batch) return 0
  const standing = await countStanding(trx, batch.id)
  const stores = await nextStores(trx, batch, standing)
  for (const { companyId, storeTenantId } of stores) {
    const run = await enqueueRun(deps, { trx, tx }, { companyId, distributorId, storeTenantId })
    await markDispatched(trx, { batchId: batch.id, companyId, runId: run.id })
  }
  if (standing.waiting + standing.open === 0) await endBatch(trx, batch.id)
  return stores.length
}

interface Opened {
  readonly trx: Trx
  readonly tx: JobTransaction
}

async function hasActiveBatch({ central }: BatchDependencies, distributorId: string): Promise<boolean> {
  const query = central.selectFrom('sync_batches').select('id').where('active_tenant_id', '=', distributorId)
  return (await query.executeTakeFirst()) !== undefined
}

interface ActiveBatch {
  readonly id: number
  readonly tenantId: string
  readonly state: string
}

type Trx = Transaction<CentralTables>

function lockActiveBatch(trx: Trx, distributorId: string): Promise<ActiveBatch | undefined> {
  return trx
    .selectFrom('sync_batches')
    .select(['id', 'tenant_id as tenantId', 'state'])
    .where('active_tenant_id', '=', distributorId)
    .$call(locking(trx))
    .executeTakeFirst()
}

interface Standing {
  /** Stores whose run is still to be dispatched. */
  readonly waiting: number
  /** Runs in the queue or at work: the limit is for these. */
  readonly atWork: number
  /** Those, and the ones that somebody has paused. */
  readonly open: number
}

async function countStanding(trx: Trx, batchId: number): Promise<Standing> {
  const rows = await trx
    .selectFrom('sync_batch_stores as store')
    .leftJoin('copy_runs as run', 'run.id', 'store.run_id')
    .where('store.batch_id', '=', batchId)
    .groupBy(['store.state', 'run.state'])
    .select(({ fn }) => ['store.state as state', 'run.state as runState', fn.countAll<number>().as('count')])
    .execute()
  const sum = (fits: (row: (typeof rows)[number]) => boolean) =>
    rows.filter(fits).reduce((total, { count }) => total + Number(count), 0)
  return {
    waiting: sum(({ state }) => state === 'waiting'),
    atWork: sum(({ runState }) => runState === 'pending' || runState === 'running'),
    open: sum(({ runState }) => runState !== null && openStates.has(runState)),
  }
}

const openStates: ReadonlySet<string> = new Set(['pending', 'running', 'paused'])

/** A store that is copied for another reason right now has its turn when that has ended. */
async function nextStores(trx: Trx, { id, tenantId, state }: ActiveBatch, { waiting, atWork }: Standing) {
  if (state !== 'running' || waiting === 0) return []
  const room = Math.max(0, (await concurrencyOf(trx, tenantId)) - atWork)
  if (room === 0) return []
  return trx
    .selectFrom('sync_batch_stores as store')
    .leftJoin('copy_runs as run', 'run.active_company_id', 'store.company_id')
    .select(['store.company_id as companyId', 'store.store_tenant_id as storeTenantId'])
    .where('store.batch_id', '=', id)
    .where('store.state', '=', 'waiting')
    .where('run.id', 'is', null)
    .orderBy('store.company_id')
    .limit(room)
    .execute()
}

async function markDispatched(
  trx: Trx,
  { batchId, companyId, runId }: { readonly batchId: number; readonly companyId: number; readonly runId: number },
): Promise<void> {
  await trx
    .updateTable('sync_batch_stores')
    .set({ state: 'dispatched', run_id: runId })
    .where('batch_id', '=', batchId)
    .where('company_id', '=', companyId)
    .execute()
}

/** A batch in which a copy failed, or met an error, says so; what somebody has cancelled is no error. */
async function endBatch(trx: Trx, batchId: number): Promise<void> {
  const imperfect = await trx
    .selectFrom('sync_batch_stores as store')
    .innerJoin('copy_runs as run', 'run.id', 'store.run_id')
    .select('store.company_id')
    .where('store.batch_id', '=', batchId)
    .where('run.state', 'in', ['failed', 'completed_with_errors'])
    .limit(1)
    .executeTakeFirst()
  await trx
    .updateTable('sync_batches')
    .set({ state: imperfect ? 'completed_with_errors' : 'completed', finished_at: now, updated_at: now })
    .where('id', '=', batchId)
    .execute()
}
