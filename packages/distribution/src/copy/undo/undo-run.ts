import { LeaseLostError } from '@surtidor/queue'
import type { Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { CentralTables } from '../../database/central-tables.ts'
import { againAfterCollision } from '../../database/collision.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import { now } from '../../database/sql.ts'
import type { StoreDatabase, StoreDatabases } from '../../tenancy/store-databases.ts'
import type { Claim } from '../pages/receipt.ts'
import { checkAllowed, checkStoreIsFree } from '../runs/run-actions.ts'
import { UndoOvertakenError } from '../runs/run-errors.ts'
import { openStoreOfRun } from '../runs/run-store.ts'
import { findRun, lockRun, type RunProgress, UnknownRunError } from '../runs/runs.ts'
import { claimForUndo, previewPage, type UndonePage, undoPage } from './undo-page.ts'
import type { KeepReason } from './undo-rules.ts'

export interface UndoDependencies {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
  readonly log?: Pick<Logger, 'info'>
}

export interface UndoneRun {
  readonly run: RunProgress
  /** Products that were removed, or would be. */
  readonly removed: number
  /** Products that stay, by reason. */
  readonly kept: ReadonlyMap<KeepReason, number>
  /** The store's latest copy that came to its end after this one: it found these products there. */
  readonly laterRun: number | undefined
}

/** How many products `undoRun` would remove; writes nothing. Throws what that would throw. */
export async function previewUndo(deps: UndoDependencies, runId: number): Promise<UndoneRun> {
  const run = await findRun(deps.central, runId)
  if (!run) throw new UnknownRunError(runId)
  checkAllowed(run, 'undo')
  const laterRun = await laterRunOf(deps.central, run)
  const opened = await openStoreOfRun(deps, runId)
  if (!opened) return { run, laterRun, ...sumOfPages([]) }
  await using store = opened
  return {
    run,
    laterRun,
    ...(await eachPage((afterId) => previewPage(store, { runId, companyId: run.companyId }, afterId))),
  }
}

/**
 * Removes the products that a run brought and that nobody in the store has touched since, a page at a time. The run is
 * paused meanwhile, so that no other copy of the store begins, and cancelled in the end with counts of 0; what happens when
 * this ends half way stands in `run-state.ts`. Safe to run twice: the second time finds what has been kept. Throws
 * `RunMoveRefusedError`, `StoreHasActiveRunError`, `UnknownRunError`, and `UndoOvertakenError` when somebody else resumes
 * the run meanwhile.
 */
export async function undoRun(deps: UndoDependencies, runId: number): Promise<UndoneRun> {
  // Before anything is written: without the store's database nothing can be undone.
  await using store = (await openStoreOfRun(deps, runId)) ?? null
  const claim = await holdRun(deps.central, runId)
  try {
    const undone = store ? await removeProducts(store, claim) : sumOfPages([])
    await endUndo(deps.central, claim)
    const run = await findRun(deps.central, runId)
    if (!run) throw new UnknownRunError(runId)
    const facts = { event: 'run_undone', run: runId, company: run.companyId, removed: undone.removed }
    deps.log?.info({ ...facts, kept: Object.fromEntries(undone.kept) }, `Copia ${runId} deshecha`)
    return { run, laterRun: await laterRunOf(deps.central, run), ...undone }
  } catch (error) {
    throw error instanceof LeaseLostError ? new UndoOvertakenError(runId) : error
  }
}

async function laterRunOf(central: CentralDatabase, { id, companyId }: RunProgress): Promise<number | undefined> {
  const later = await central
    .selectFrom('copy_runs')
    .select('id')
    .where('company_id', '=', companyId)
    .where('id', '>', id)
    .where('state', 'in', ['completed', 'completed_with_errors'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return later?.id
}

/** The epoch grows, as at the start of an attempt: whoever wrote for the run before is refused from here on. */
function holdRun(central: CentralDatabase, runId: number): Promise<Claim> {
  // A copy of the store that begins in the same instant is seen at the second look.
  return againAfterCollision(() => central.transaction().execute((trx) => holdInside(trx, runId)))
}

async function holdInside(trx: Transaction<CentralTables>, runId: number): Promise<Claim> {
  const run = await lockRun(trx, runId)
  checkAllowed(run, 'undo')
  await checkStoreIsFree(trx, run)
  await trx
    .updateTable('copy_runs')
    .set((eb) => ({
      state: 'paused',
      epoch: eb('epoch', '+', 1),
      ...{ copied: 0, updated: 0, unchanged: 0, skipped: 0, errors: 0 },
      error: null,
      finished_at: null,
      updated_at: now,
    }))
    .where('id', '=', runId)
    .execute()
  const { epoch } = await trx.selectFrom('copy_runs').select('epoch').where('id', '=', runId).executeTakeFirstOrThrow()
  return { runId, companyId: run.companyId, epoch }
}

type Removal = Omit<UndoneRun, 'run' | 'laterRun'>

async function removeProducts(store: StoreDatabase, claim: Claim): Promise<Removal> {
  if (!(await claimForUndo(store, claim))) return sumOfPages([])
  return await eachPage((afterId) => undoPage(store, claim, afterId))
}

async function eachPage(work: (afterId: number) => Promise<UndonePage>): Promise<Removal> {
  const pages: UndonePage[] = []
  for (let afterId: number | undefined = 0; afterId !== undefined; afterId = pages.at(-1)?.nextId)
    pages.push(await work(afterId))
  return sumOfPages(pages)
}

function sumOfPages(pages: readonly UndonePage[]): Removal {
  const kept = new Map<KeepReason, number>()
  for (const reason of pages.flatMap((page) => page.kept)) kept.set(reason, (kept.get(reason) ?? 0) + 1)
  return { removed: pages.reduce((sum, { removed }) => sum + removed, 0), kept }
}

/** Somebody may have cancelled the run meanwhile, which is where it goes. */
async function endUndo(central: CentralDatabase, { runId, epoch }: Claim): Promise<void> {
  const result = await central
    .updateTable('copy_runs')
    .set({ state: 'cancelled', finished_at: now, updated_at: now })
    .where('id', '=', runId)
    .where('epoch', '=', epoch)
    .where('state', 'in', ['paused', 'cancelled'])
    .executeTakeFirstOrThrow()
  if (result.numUpdatedRows !== 1n) throw new UndoOvertakenError(runId)
}
