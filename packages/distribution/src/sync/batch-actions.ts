import type { Transaction } from 'kysely'
import { cancelRun, cancelRunAndTell, pauseRun, resumeRun } from '../copy/runs/run-actions.ts'
import { RunMoveRefusedError, StoreHasActiveRunError } from '../copy/runs/run-errors.ts'
import { isActiveState, isAtWork, type RunState } from '../copy/runs/run-state.ts'
import type { CentralTables } from '../database/central-tables.ts'
import { locking, now } from '../database/sql.ts'
import type { BatchState } from '../database/sync-tables.ts'
import { ApplicationError } from '../errors.ts'
import { type BatchProgress, readBatch, UnknownBatchError } from './batches.ts'
import { type BatchDependencies, continueBatch } from './continue-batches.ts'

/** No copy of the batch is dispatched any more; those in the queue or at work are paused, after the page under way. */
export async function pauseBatch(deps: BatchDependencies, id: number): Promise<BatchProgress> {
  await moveBatch(deps, id, { from: ['running', 'paused'], to: 'paused' })
  for (const runId of await runsOf(deps, id, isAtWork)) await unlessMoved(pauseRun(deps.central, runId))
  return readBatch(deps.central, id)
}

/** Its paused copies go on at their checkpoints, whoever has paused them, and then the stores that have not had their turn. */
export async function resumeBatch(deps: BatchDependencies, id: number): Promise<BatchProgress> {
  const { distributorId } = await moveBatch(deps, id, { from: ['running', 'paused'], to: 'running' })
  for (const runId of await runsOf(deps, id, isPaused)) await unlessMoved(resumeRun(deps, runId))
  await continueBatch(deps, distributorId)
  return readBatch(deps.central, id)
}

/** No store that still waits gets its copy; those that are in the queue or at work are cancelled, and keep what they have. */
export async function cancelBatch(deps: BatchDependencies, id: number): Promise<BatchProgress> {
  await moveBatch(deps, id, { from: ['running', 'paused', 'cancelled'], to: 'cancelled' })
  for (const runId of await runsOf(deps, id, isActiveState)) await unlessMoved(cancelRun(deps.central, runId))
  await deps.wakeSender?.()
  return readBatch(deps.central, id)
}

/**
 * Takes one store out of the batch, or cancels its copy, and leaves the others. Throws `BatchStoreEndedError` when its copy has
 * ended, and `UnknownBatchStoreError` when the batch has no such store. Asking twice does nothing.
 */
export async function cancelBatchStore(deps: BatchDependencies, id: number, companyId: number): Promise<BatchProgress> {
  const { distributorId, runId } = await deps.central.transaction().execute(async (trx) => {
    const batch = await lockBatch(trx, id)
    const store = await trx
      .selectFrom('sync_batch_stores')
      .select('run_id as runId')
      .where('batch_id', '=', id)
      .where('company_id', '=', companyId)
      .executeTakeFirst()
    if (!store) throw new UnknownBatchStoreError(id, companyId)
    await cancelWaiting(trx, id, companyId)
    return { distributorId: batch.distributorId, runId: store.runId }
  })
  if (runId !== null && !(await unlessMoved(cancelRunAndTell(deps, runId))))
    throw new BatchStoreEndedError(companyId, runId)
  await continueBatch(deps, distributorId)
  return readBatch(deps.central, id)
}

/** Of the batch, those in such a state. */
async function runsOf(
  { central }: BatchDependencies,
  id: number,
  fits: (state: RunState) => boolean,
): Promise<readonly number[]> {
  const { stores } = await readBatch(central, id)
  return stores.flatMap(({ state, runId }) => (runId !== null && state !== 'waiting' && fits(state) ? [runId] : []))
}

function isPaused(state: RunState): boolean {
  return state === 'paused'
}

/** False when the run has ended, or its store is copied otherwise, perhaps since this instant. */
async function unlessMoved(move: Promise<unknown>): Promise<boolean> {
  try {
    await move
    return true
  } catch (error) {
    if (error instanceof RunMoveRefusedError || error instanceof StoreHasActiveRunError) return false
    throw error
  }
}

interface Move {
  readonly from: readonly BatchState[]
  readonly to: BatchState
}

interface LockedBatch {
  readonly state: BatchState
  readonly distributorId: string
}

function moveBatch({ central }: BatchDependencies, id: number, { from, to }: Move): Promise<LockedBatch> {
  return central.transaction().execute(async (trx) => {
    const batch = await lockBatch(trx, id)
    if (!from.includes(batch.state)) throw new BatchEndedError(id)
    if (batch.state === to) return batch
    const end = to === 'cancelled' ? { finished_at: now } : {}
    await trx
      .updateTable('sync_batches')
      .set({ state: to, updated_at: now, ...end })
      .where('id', '=', id)
      .execute()
    if (to === 'cancelled') await cancelWaiting(trx, id)
    return batch
  })
}

/** Nobody dispatches a store of the batch before the transaction ends. */
async function lockBatch(trx: Transaction<CentralTables>, id: number): Promise<LockedBatch> {
  const batch = await trx
    .selectFrom('sync_batches')
    .select(['state', 'tenant_id as distributorId'])
    .where('id', '=', id)
    .$call(locking(trx))
    .executeTakeFirst()
  if (!batch) throw new UnknownBatchError(id)
  return batch
}

async function cancelWaiting(trx: Transaction<CentralTables>, id: number, companyId?: number): Promise<void> {
  await trx
    .updateTable('sync_batch_stores')
    .set({ state: 'cancelled' })
    .where('batch_id', '=', id)
    .where('state', '=', 'waiting')
    .$if(companyId !== undefined, (query) => query.where('company_id', '=', companyId ?? 0))
    .execute()
}

export class BatchEndedError extends ApplicationError {
  readonly code = 'BATCH_ENDED'

  constructor(id: number) {
    super({
      es: `La publicación ${id} ya terminó. Publique de nuevo con «catalog:publish».`,
      en: `Publication ${id} has ended. Publish again with "catalog:publish".`,
    })
  }
}

export class UnknownBatchStoreError extends ApplicationError {
  readonly code = 'UNKNOWN_BATCH_STORE'

  constructor(id: number, companyId: number) {
    super({
      es: `La tienda ${companyId} no está en la publicación ${id}. Vea las que hay con «sync:status ${id}».`,
      en: `Store ${companyId} is not in publication ${id}. See those that are with "sync:status ${id}".`,
    })
  }
}

export class BatchStoreEndedError extends ApplicationError {
  readonly code = 'BATCH_STORE_ENDED'

  constructor(companyId: number, runId: number) {
    super({
      es: `La copia ${runId} de la tienda ${companyId} ya terminó. Véala con «copy:status ${runId}».`,
      en: `Copy ${runId} of store ${companyId} has ended. See it with "copy:status ${runId}".`,
    })
  }
}
