import { LeaseLostError } from '@surtidor/queue'
import type { Selectable, Transaction } from 'kysely'
import { locking, now, upsert } from '../../database/sql.ts'
import type { CopyReceiptsTable, StoreTables } from '../../database/store-tables.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import { copyJobName } from '../copy-request.ts'
import type { OutcomeCounts } from '../plan/plan.ts'
import { endStateOf } from '../runs/run-state.ts'
import type { Snapshot } from './source-page.ts'

/** What a run has done in a store, as the store's own database records it. */
export type Receipt = Readonly<Selectable<CopyReceiptsTable>>

/** The right to write for a run: the newest worker has the greatest epoch, and every older one is refused. */
export interface Claim {
  readonly runId: number
  readonly companyId: number
  readonly epoch: number
}

/**
 * Takes the receipt for this attempt; from here on no attempt with a smaller epoch can write. The snapshot of the
 * first attempt stays. A run that came to its end with errors alone begins anew: somebody has mended them. Throws
 * `LeaseLostError` when a newer attempt was faster.
 */
export async function claimReceipt(store: StoreDatabase, claim: Claim, snapshot: Snapshot): Promise<Receipt> {
  return store.transaction().execute(async (trx) => {
    const { runId, companyId, epoch } = claim
    const { maxId, total } = snapshot
    const first = { run_id: runId, company_id: companyId, epoch, max_source_id: maxId, total } as const
    const rows = [{ ...first, status: 'running', finished_at: null }] as const
    await upsert(trx, 'copy_receipts', { rows, key: ['run_id'], update: [] })
    await trx
      .updateTable('copy_receipts')
      .set({ epoch })
      .where('run_id', '=', runId)
      .where('epoch', '<=', epoch)
      .execute()
    const receipt = await readCurrent(trx, claim)
    const hasFailed = receipt.status === 'done' && endStateOf(receipt, receipt.total) === 'failed'
    return hasFailed ? restart(trx, claim) : receipt
  })
}

/** What a receipt holds before the first page, with the snapshot that it has. */
export const atBeginning = {
  status: 'running',
  cursor_id: 0,
  pages: 0,
  copied: 0,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  errors: 0,
  finished_at: null,
} as const

async function restart(trx: Transaction<StoreTables>, claim: Claim): Promise<Receipt> {
  await trx.updateTable('copy_receipts').set(atBeginning).where('run_id', '=', claim.runId).execute()
  await trx.deleteFrom('copy_outcomes').where('run_id', '=', claim.runId).execute()
  return readCurrent(trx, claim)
}

/** The receipt, which must be this attempt's; nobody else takes it before the transaction ends. */
export async function readCurrent(trx: Transaction<StoreTables>, claim: Claim): Promise<Receipt> {
  const receipt = await trx
    .selectFrom('copy_receipts')
    .selectAll()
    .where('run_id', '=', claim.runId)
    .$call(locking(trx))
    .executeTakeFirst()
  if (receipt?.epoch !== claim.epoch) throw new LeaseLostError(copyJobName)
  return receipt
}

export interface PageProof {
  /** Where the page began; a page is never counted twice. */
  readonly fromCursor: number
  readonly toCursor: number
  readonly counts: OutcomeCounts
}

/** The receipt after a page, as the same transaction has written it. */
export function withPage(receipt: Receipt, { toCursor, counts }: Omit<PageProof, 'fromCursor'>): Receipt {
  return {
    ...receipt,
    cursor_id: toCursor,
    copied: receipt.copied + counts.copied,
    updated: receipt.updated + counts.updated,
    unchanged: receipt.unchanged + counts.unchanged,
    skipped: receipt.skipped + counts.skipped,
    errors: receipt.errors + counts.errors,
    pages: receipt.pages + 1,
  }
}

/** Records a page in the transaction that wrote it. */
export async function recordPage(trx: Transaction<StoreTables>, claim: Claim, proof: PageProof): Promise<void> {
  const { counts } = proof
  const result = await trx
    .updateTable('copy_receipts')
    .set((eb) => ({
      cursor_id: proof.toCursor,
      copied: eb('copied', '+', counts.copied),
      updated: eb('updated', '+', counts.updated),
      unchanged: eb('unchanged', '+', counts.unchanged),
      skipped: eb('skipped', '+', counts.skipped),
      errors: eb('errors', '+', counts.errors),
      pages: eb('pages', '+', 1),
    }))
    .where('run_id', '=', claim.runId)
    .where('epoch', '=', claim.epoch)
    .where('cursor_id', '=', proof.fromCursor)
    .where('status', '=', 'running')
    .executeTakeFirstOrThrow()
  if (result.numUpdatedRows !== 1n) throw new LeaseLostError(copyJobName)
}

/**
 * Closes the receipt, after a look back has given an outcome to every active product. `active` are the products up to the
 * snapshot's end that it found; undefined when nothing was copied. What is missing from the total was deactivated after the start and before its
 * page: skipped (`no_longer_active`). Products that were activated meanwhile make the total grow. With fewer outcomes than
 * active products something was lost: the difference stays, and makes the run one with errors.
 */
export async function closeReceipt(store: StoreDatabase, claim: Claim, active = 0): Promise<Receipt> {
  return store.transaction().execute(async (trx) => {
    const receipt = await readCurrent(trx, claim)
    if (receipt.status === 'done') return receipt
    const seen = sumOf(receipt)
    const gone = active <= seen ? Math.max(0, receipt.total - seen) : 0
    const closed = { status: 'done', total: Math.max(receipt.total, seen), skipped: receipt.skipped + gone } as const
    await trx
      .updateTable('copy_receipts')
      .set({ ...closed, finished_at: now })
      .where('run_id', '=', claim.runId)
      .where('epoch', '=', claim.epoch)
      .execute()
    return { ...receipt, ...closed }
  })
}

/** Products that have an outcome. */
export function sumOf(counts: OutcomeCounts): number {
  return counts.copied + counts.updated + counts.unchanged + counts.skipped + counts.errors
}
