import { now } from '../../database/sql.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import { planDiscontinued } from '../plan/plan-discontinued.ts'
import { type Claim, readCurrent } from './receipt.ts'

/** Source ids after `afterId`, up to `lastId`. */
export interface SourceIds {
  readonly afterId: number
  readonly lastId: number
}

/** True when the store has products of its distributor already. */
export async function hasCopies(store: StoreDatabase, companyId: number): Promise<boolean> {
  const row = await store
    .selectFrom('tat_items')
    .select('id')
    .where('company_id', '=', companyId)
    .where('item_father_id', '>', 0)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

const idsAtOnce = 1_000

/**
 * Marks the products of the range that the distributor sells no more: the store may sell what it has of them. Throws
 * `LeaseLostError` when the attempt was overtaken.
 */
export async function discontinue(
  store: StoreDatabase,
  claim: Claim,
  { range, activeIds }: { readonly range: SourceIds; readonly activeIds: readonly number[] },
): Promise<void> {
  await markDiscontinued(store, claim, planDiscontinued(await readCopiedIds(store, claim.companyId, range), activeIds))
}

/** The same for products that are known to be gone. */
export async function markDiscontinued(store: StoreDatabase, claim: Claim, gone: readonly number[]): Promise<void> {
  for (let first = 0; first < gone.length; first += idsAtOnce)
    await mark(store, claim, gone.slice(first, first + idsAtOnce))
}

/** The products of the range that count as sold by the distributor, in the order of their ids. */
export async function readCopiedIds(
  store: StoreDatabase,
  companyId: number,
  { afterId, lastId }: SourceIds,
): Promise<readonly number[]> {
  const rows = await store
    .selectFrom('tat_items')
    .select('item_father_id as id')
    .where('company_id', '=', companyId)
    .where('item_father_id', '>', afterId)
    .where('item_father_id', '<=', lastId)
    .where('source_state', '=', 'active')
    .orderBy('item_father_id')
    .execute()
  return rows.map(({ id }) => id)
}

async function mark(store: StoreDatabase, claim: Claim, ids: readonly number[]): Promise<void> {
  await store.transaction().execute(async (trx) => {
    await readCurrent(trx, claim)
    await trx
      .updateTable('tat_items')
      .set({ source_state: 'discontinued', updated_at: now })
      .where('company_id', '=', claim.companyId)
      .where('item_father_id', 'in', ids)
      .execute()
  })
}
