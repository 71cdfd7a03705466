import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import { type RunDependencies, type RunProgress, startRun } from '../runs/runs.ts'
import {
  type Verification,
  type VerifiedRun,
  type VerifyDependencies,
  type VerifyOptions,
  verifyRun,
} from './verify.ts'

export interface Repair {
  readonly found: Verification
  /** Rows of copied products that the next copy writes again. */
  readonly marked: number
  /** The copy that mends what was found; undefined when no copy could. */
  readonly run: RunProgress | undefined
}

/**
 * Verifies the store of a run, marks what differs, and starts one copy, which writes what is marked and brings what is
 * missing. A copy passes over rows whose hash says that they are right, so a marked row has none. Safe to run again: the
 * marks are the same, and the copy is the one that waits or runs. Undefined when there is nothing to compare with.
 */
export async function repairRun(
  deps: VerifyDependencies & RunDependencies,
  run: VerifiedRun,
  options: Pick<VerifyOptions, 'maxDetails'> = {},
): Promise<Repair | undefined> {
  let marked = 0
  const onAltered = async (store: StoreDatabase, sourceIds: readonly number[]): Promise<void> => {
    await markForCopy(store, run.companyId, sourceIds)
    marked += sourceIds.length
  }
  const found = await verifyRun(deps, run, { ...options, onAltered })
  if (!found) return undefined
  const isMendable = found.missing + marked > 0
  return { found, marked, run: isMendable ? await startRun(deps, run.companyId) : undefined }
}

/** Within what every database takes as parameters of a statement. */
const idsAtOnce = 2_000

async function markForCopy(store: StoreDatabase, companyId: number, sourceIds: readonly number[]): Promise<void> {
  for (let first = 0; first < sourceIds.length; first += idsAtOnce)
    await store.transaction().execute((trx) =>
      trx
        .updateTable('tat_items')
        .set({ content_hash: null })
        .where('company_id', '=', companyId)
        .where('item_father_id', 'in', sourceIds.slice(first, first + idsAtOnce))
        .execute(),
    )
}
