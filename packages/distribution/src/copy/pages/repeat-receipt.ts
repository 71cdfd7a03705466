import { sql, type Transaction } from 'kysely'
import { now } from '../../database/sql.ts'
import type { StoreTables } from '../../database/store-tables.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import { type Claim, type Receipt, readCurrent, sumOf } from './receipt.ts'

/**
 * Gives a run the outcomes of an earlier one after which nothing has changed, without a look at any product: what was copied
 * or updated then is unchanged now, and what somebody should look at is still so. The receipt is closed then. Answers
 * undefined, and writes nothing, when the store has no complete receipt of that run, or one of another number of products.
 * Throws `LeaseLostError` when the attempt was overtaken. An attempt that comes after one that was killed behind this finds the
 * cursor at the end.
 */
export async function repeatReceipt(
  store: StoreDatabase,
  claim: Claim,
  earlierRunId: number,
): Promise<Receipt | undefined> {
  return store.transaction().execute(async (trx) => {
    const receipt = await readCurrent(trx, claim)
    const earlier = await readEarlier(trx, claim, earlierRunId)
    if (!earlier || receipt.cursor_id > 0 || sumOf(earlier) !== receipt.total) return undefined
    await repeatOutcomes(trx, claim, earlierRunId)
    const repeated = {
      status: 'done',
      cursor_id: receipt.max_source_id,
      unchanged: earlier.copied + earlier.updated + earlier.unchanged,
      skipped: earlier.skipped,
    } as const
    await trx
      .updateTable('copy_receipts')
      .set({ ...repeated, finished_at: now })
      .where('run_id', '=', claim.runId)
      .execute()
    return { ...receipt, ...repeated }
  })
}

type Trx = Transaction<StoreTables>

async function readEarlier(trx: Trx, { companyId }: Claim, runId: number): Promise<Receipt | undefined> {
  return trx
    .selectFrom('copy_receipts')
    .selectAll()
    .where('run_id', '=', runId)
    .where('company_id', '=', companyId)
    .where('status', '=', 'done')
    .where('errors', '=', 0)
    .executeTakeFirst()
}

async function repeatOutcomes(trx: Trx, { runId }: Claim, earlierRunId: number): Promise<void> {
  await sql`
    insert into copy_outcomes (run_id, source_item_id, sku, outcome, reason, suggested_price)
    select ${sql.lit(runId)}, source_item_id, sku,
      case when outcome in ('copied', 'updated') then 'unchanged' else outcome end, reason, suggested_price
    from copy_outcomes
    where run_id = ${earlierRunId}`.execute(trx)
}
