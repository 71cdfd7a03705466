import { LeaseLostError } from '@surtidor/queue'
import type { Kysely, Selectable, Transaction } from 'kysely'
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
 * first attempt stays. Throws `LeaseLostError` when a newer attempt was faster.
 */
export async function claimReceipt(store: StoreDatabase, claim: Claim, snapshot: Snapshot): Promise<Receipt> {
  const { runId, companyId, epoch } = claim
  const { maxId, total } = snapshot
  const first = { run_id: runId, company_id: companyId, epoch, max_source_id: maxId, total } as const
  const rows = [{ ...first, status: 'running', finished_at: null }] as const
  // It waits for a page that an earlier attempt is writing.
  const unless = { epoch: { condition: `there.epoch > ${epoch}` } }
  await upsert(store, 'copy_receipts', { rows, key: ['run_id'], update: ['epoch'], unless })
  return checked(claim, await selectReceipt(store, claim).executeTakeFirst())
}

/**
 * Opens a receipt again that was closed before its run had ended. One with errors alone begins anew: somebody has mended them. Any
 * other goes on behind its last page, where it looks back: its run may have stood still for long.
 */
export async function reopenReceipt(store: StoreDatabase, claim: Claim): Promise<Receipt> {
  return store.transaction().execute(async (trx) => {
    const receipt = await readCurrent(trx, claim)
    if (endStateOf(receipt, receipt.total) === 'failed') return restart(trx, claim)
    await trx.updateTable('copy_receipts').set(open).where('run_id', '=', claim.runId).execute()
    return { ...receipt, ...open }
  })
}

const open = { status: 'running', finished_at: null } as const

/** What a receipt holds before the first page, with the snapshot that it has. */
export const atBeginning = {
  ...open,
  cursor_id: 0,
  pages: 0,
  copied: 0,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  errors: 0,
} as const

async function restart(trx: Transaction<StoreTables>, claim: Claim): Promise<Receipt> {
  await trx.updateTable('copy_receipts').set(atBeginning).where('run_id', '=', claim.runId).execute()
  await trx.deleteFrom('copy_outcomes').where('run_id', '=', claim.runId).execute()
  return readCurrent(trx, claim)
}

/** The receipt, which must be this attempt's; nobody else takes it before the transaction ends. */
export async function readCurrent(trx: Transaction<StoreTables>, claim: Claim): Promise<Receipt> {
  return checked(claim, await selectReceipt(trx, claim).$call(locking(trx)).executeTakeFirst())
}

function selectReceipt(db: Kysely<StoreTables>, { runId }: Claim) {
  return db.selectFrom('copy_receipts').selectAll().where('run_id', '=', runId)
}

function checked(claim: Claim, receipt: Receipt | undefined): Receipt {
  if (receipt?.epoch !== claim.epoch) throw new LeaseLostError(copyJobName)
  return receipt
}

export interface PageProof {
  /** Where the page began; a page is never counted twice. */
  readonly fromCursor: number
  readonly toCursor: number
  readonly counts: OutcomeCounts
  /** Done with the page that gives the last of the total its outcome. */
  readonly status: Receipt['status']
}

/** The receipt after a page, as the same transaction has written it. */
export function withPage(receipt: Receipt, { toCursor, counts, status }: Omit<PageProof, 'fromCursor'>): Receipt {
  return {
    ...receipt,
    status,
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
  const { counts, status } = proof
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
      ...(status === 'done' && { status, finished_at: now }),
    }))
    .where('run_id', '=', claim.runId)
    .where('epoch', '=', claim.epoch)
    .where('cursor_id', '=', proof.fromCursor)
    .where('status', '=', 'running')
    .executeTakeFirstOrThrow()
  if (result.numUpdatedRows !== 1n) throw new LeaseLostError(copyJobName)
}

/** What an attempt has done up to the end. */
export interface CopiedPages {
  /** After its last page. */
  readonly receipt: Receipt
  /** The products of the snapshot that were active when the attempt looked back. */
  readonly active: number
  /** An earlier attempt had some of the pages: each active product of those was looked for in the store. */
  readonly isResumed: boolean
}

/**
 * Closes the receipt, after a look back has given an outcome to every active product; without pages when none were written.
 * What is missing from the total was deactivated after the start and before its page: skipped (`no_longer_active`). Products
 * that were activated meanwhile make the total grow. With fewer outcomes than active products something was lost: the
 * difference stays, and makes the run one with errors, unless the attempt was resumed. Nothing is left to do where the last page
 * has closed it.
 */
export async function closeReceipt(store: StoreDatabase, claim: Claim, pages?: CopiedPages): Promise<Receipt> {
  if (pages?.receipt.status === 'done') return pages.receipt
  return (pages && (await tryToClose(store, claim, pages))) ?? closeAsItStands(store, claim, pages ?? nothing)
}

/** One statement, where the receipt is still as the attempt has left it. */
async function tryToClose(store: StoreDatabase, claim: Claim, pages: CopiedPages): Promise<Receipt | undefined> {
  const { receipt } = pages
  const closed = closedAt(receipt, pages)
  const result = await closing(store, claim, closed)
    .where('status', '=', 'running')
    .where((eb) => eb.and(countsOfReceipt(receipt)))
    .executeTakeFirstOrThrow()
  return result.numUpdatedRows === 1n ? { ...receipt, ...closed } : undefined
}

function countsOfReceipt({ cursor_id, pages, total, copied, updated, unchanged, skipped, errors }: Receipt) {
  return { cursor_id, pages, total, copied, updated, unchanged, skipped, errors }
}

const nothing = { active: 0, isResumed: false } as const

async function closeAsItStands(store: StoreDatabase, claim: Claim, seen: SeenAtEnd): Promise<Receipt> {
  return store.transaction().execute(async (trx) => {
    const receipt = await readCurrent(trx, claim)
    if (receipt.status === 'done') return receipt
    const closed = closedAt(receipt, seen)
    await closing(trx, claim, closed).execute()
    return { ...receipt, ...closed }
  })
}

function closing(db: Kysely<StoreTables>, { runId, epoch }: Claim, closed: ReturnType<typeof closedAt>) {
  return db
    .updateTable('copy_receipts')
    .set({ ...closed, finished_at: now })
    .where('run_id', '=', runId)
    .where('epoch', '=', epoch)
}

type SeenAtEnd = Pick<CopiedPages, 'active' | 'isResumed'>

function closedAt(receipt: Receipt, { active, isResumed }: SeenAtEnd) {
  // What came back behind the pages of an earlier attempt stands as an earlier copy has left it.
  const standing = isResumed ? Math.max(0, active - sumOf(receipt)) : 0
  const seen = sumOf(receipt) + standing
  const gone = active <= seen ? Math.max(0, receipt.total - seen) : 0
  const total = Math.max(receipt.total, seen)
  return { status: 'done', total, unchanged: receipt.unchanged + standing, skipped: receipt.skipped + gone } as const
}

/** Products that have an outcome. */
export function sumOf(counts: OutcomeCounts): number {
  return counts.copied + counts.updated + counts.unchanged + counts.skipped + counts.errors
}
