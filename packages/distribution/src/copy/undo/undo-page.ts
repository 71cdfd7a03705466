import { LeaseLostError } from '@surtidor/queue'
import type { Kysely, Transaction } from 'kysely'
import { locking } from '../../database/sql.ts'
import type { StoreTables } from '../../database/store-tables.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import { copyJobName } from '../copy-request.ts'
import { atBeginning, type Claim, readCurrent } from '../pages/receipt.ts'
import { type BroughtProduct, type KeepReason, keepReason } from './undo-rules.ts'

/** What became of the products of a page. */
export interface UndonePage {
  readonly removed: number
  readonly kept: readonly KeepReason[]
  /** Where the next page begins; undefined behind the last one. */
  readonly nextId: number | undefined
}

const pageSize = 1_000

/**
 * Takes the receipt of a run for its undoing: from here on no attempt of the run can write, and one that is resumed later
 * begins at the beginning, with a report of its own. False when the run never wrote to this store. Throws `LeaseLostError`
 * when an attempt or another undo came later than this one.
 */
export async function claimForUndo(store: StoreDatabase, claim: Claim): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    const result = await trx
      .updateTable('copy_receipts')
      .set({ ...atBeginning, epoch: claim.epoch })
      .where('run_id', '=', claim.runId)
      .where('epoch', '<=', claim.epoch)
      .executeTakeFirstOrThrow()
    if (result.numUpdatedRows === 0n) return refuseNewer(trx, claim)
    await trx.deleteFrom('copy_outcomes').where('run_id', '=', claim.runId).execute()
    return true
  })
}

async function refuseNewer(trx: Transaction<StoreTables>, { runId }: Claim): Promise<false> {
  const receipt = await trx.selectFrom('copy_receipts').select('epoch').where('run_id', '=', runId).executeTakeFirst()
  if (receipt) throw new LeaseLostError(copyJobName)
  return false
}

/** Deletes what may go of the page behind `afterId`, fenced by the receipt: all of it or nothing. */
export async function undoPage(store: StoreDatabase, claim: Claim, afterId: number): Promise<UndonePage> {
  return store.transaction().execute(async (trx) => {
    await readCurrent(trx, claim)
    const ids = await lockPage(trx, claim, afterId)
    if (ids.length === 0) return { removed: 0, kept: [], nextId: undefined }
    const { page, goneIds } = judge(await readBrought(trx, ids))
    if (goneIds.length > 0) await trx.deleteFrom('tat_items').where('id', 'in', goneIds).execute()
    return page
  })
}

/** What `undoPage` would do, without a lock: the store may change before it does. */
export async function previewPage(
  store: StoreDatabase,
  claim: Omit<Claim, 'epoch'>,
  afterId: number,
): Promise<UndonePage> {
  const ids = (await selectPage(store, claim, afterId).execute()).map(({ id }) => id)
  return ids.length === 0 ? { removed: 0, kept: [], nextId: undefined } : judge(await readBrought(store, ids)).page
}

/** Nobody edits these until the transaction ends. */
async function lockPage(trx: Transaction<StoreTables>, claim: Claim, afterId: number): Promise<readonly number[]> {
  const rows = await selectPage(trx, claim, afterId).$call(locking(trx)).execute()
  return rows.map(({ id }) => id)
}

function selectPage(db: Kysely<StoreTables>, { runId, companyId }: Omit<Claim, 'epoch'>, afterId: number) {
  return db
    .selectFrom('tat_items')
    .select('id')
    .where('company_id', '=', companyId)
    .where('copied_run_id', '=', runId)
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(pageSize)
}

interface Judged {
  readonly page: UndonePage
  readonly goneIds: readonly number[]
}

function judge(products: readonly BroughtProduct[]): Judged {
  const judged = products.map((product) => ({ id: product.id, reason: keepReason(product) }))
  const goneIds = judged.flatMap(({ id, reason }) => (reason === undefined ? [id] : []))
  const kept = judged.flatMap(({ reason }) => reason ?? [])
  return { goneIds, page: { removed: goneIds.length, kept, nextId: judged.at(-1)?.id } }
}

async function readBrought(db: Kysely<StoreTables>, ids: readonly number[]): Promise<readonly BroughtProduct[]> {
  return db
    .selectFrom('tat_items as item')
    .leftJoin('tat_categories as category', 'category.id', 'item.categoryId')
    .leftJoin('cnf_taxes as tax', 'tax.id', 'item.taxId')
    .select(['item.id', 'item.item_father_id as sourceId', 'item.sku', 'item.name', 'item.img_path as imagePath'])
    .select(['item.brand', 'item.unit', 'item.cost', 'item.price', 'item.status', 'item.stock'])
    .select(['item.price_strategy as priceStrategy', 'item.content_hash as contentHash'])
    .select(['item.price_mode as priceMode', 'item.locked_fields as lockedFields'])
    .select(['item.hidden_at as hiddenAt', 'item.deleted_at as deletedAt'])
    .select(['category.source_category_id as categoryId', 'category.name as categoryName'])
    .select(['tax.name as taxName', 'tax.percentage as taxPercentage'])
    .where('item.id', 'in', ids)
    .orderBy('item.id')
    .execute()
}
