import { randomUUID } from 'node:crypto'
import { transact } from '@surtidor/queue/kysely'
import type { Transaction } from 'kysely'
import type { CentralTables } from '../../database/central-tables.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import { isDuplicate, now } from '../../database/sql.ts'
import { type DispatchDependencies, dispatchRun } from './dispatch-run.ts'
import { onRunEnded } from './run-ended.ts'
import { RunMoveRefusedError, StoreHasActiveRunError } from './run-errors.ts'
import { actionsIn, isAtWork, type RunAction, runActions } from './run-state.ts'
import { activeRun, lockRun, type RunDependencies, type RunProgress } from './runs.ts'

/**
 * What a person does to a run: each is one transaction of the central database under the lock of the run's row, and safe to
 * repeat: a run that is there already is answered as it stands. A move that is not legal throws `RunMoveRefusedError`, an
 * unknown run `UnknownRunError`. The attempt at work looks before each page, so nothing but the page under way is written
 * after a pause or a cancel was answered; a job that still waits ends without doing anything.
 */
export async function pauseRun(central: CentralDatabase, runId: number): Promise<RunProgress> {
  return stopRun(central, runId, 'pause')
}

/** What was copied stays in the store, and the run can be resumed. */
export async function cancelRun(central: CentralDatabase, runId: number): Promise<RunProgress> {
  return stopRun(central, runId, 'cancel')
}

/** The same, and whoever is to hear of it does. */
export async function cancelRunAndTell(deps: TellingDependencies, runId: number): Promise<RunProgress> {
  const run = await cancelRun(deps.central, runId)
  await deps.wakeSender?.()
  return run
}

type TellingDependencies = Pick<RunDependencies, 'central' | 'wakeSender'>

async function stopRun(central: CentralDatabase, runId: number, action: 'pause' | 'cancel'): Promise<RunProgress> {
  return central.transaction().execute(async (trx) => {
    const run = await lockRun(trx, runId)
    const { to } = runActions[action]
    if (run.state === to) return run
    checkAllowed(run, action)
    const finished = action === 'cancel' ? { finished_at: now } : {}
    await trx
      .updateTable('copy_runs')
      .set({ state: to, error: null, updated_at: now, ...finished })
      .where('id', '=', runId)
      .execute()
    if (to === 'cancelled') await onRunEnded(trx, runId, to)
    return lockRun(trx, runId)
  })
}

export interface ResumeDependencies extends DispatchDependencies {
  readonly central: CentralDatabase
}

/**
 * The run goes on at its checkpoint, with a new job that comes in the same transaction. The job that it had finds another
 * one in its place and does nothing; in `failed_jobs` it is forgotten. Throws `StoreHasActiveRunError` when another copy of
 * the store is at work.
 */
export async function resumeRun(deps: ResumeDependencies, runId: number): Promise<RunProgress> {
  const { run, replaced } = await transact(deps.central, async (trx, tx) => {
    const before = await lockRun(trx, runId)
    if (isAtWork(before.state)) return { run: before, replaced: undefined }
    checkAllowed(before, 'resume')
    await checkStoreIsFree(trx, before)
    const jobUuid = randomUUID()
    await reopen(trx, { run: before, jobUuid })
    await dispatchRun(deps, tx, { ...before, jobUuid, distributorId: await distributorOf(trx, runId) })
    return { run: await lockRun(trx, runId), replaced: before.jobUuid }
  })
  // A process that dies before this leaves a failed job behind, whose retry does nothing.
  if (replaced !== undefined) await deps.queue.forget(replaced)
  return run
}

export function checkAllowed(run: RunProgress, action: RunAction): void {
  if (!actionsIn(run.state).includes(action)) throw new RunMoveRefusedError(run, action)
}

/** The unique key on the active run of a store is the last wall; this has the sentence. */
export async function checkStoreIsFree(trx: Transaction<CentralTables>, run: RunProgress): Promise<void> {
  const active = await activeRun(trx, run.companyId)
  if (active && active.id !== run.id) throw new StoreHasActiveRunError(active)
}

async function reopen(
  trx: Transaction<CentralTables>,
  { run, jobUuid }: { readonly run: RunProgress; readonly jobUuid: string },
): Promise<void> {
  try {
    await trx
      .updateTable('copy_runs')
      .set({ state: 'pending', job_uuid: jobUuid, exceptions: 0, error: null, finished_at: null, updated_at: now })
      .where('id', '=', run.id)
      .execute()
  } catch (error) {
    throw isDuplicate(error) ? new StoreHasActiveRunError(run) : error
  }
}

async function distributorOf(trx: Transaction<CentralTables>, runId: number): Promise<string> {
  const { id } = await trx
    .selectFrom('copy_runs')
    .select('tenant_id as id')
    .where('id', '=', runId)
    .executeTakeFirstOrThrow()
  return id
}
