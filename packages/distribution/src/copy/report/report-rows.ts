import type { CentralDatabase } from '../../database/open-central.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import type { OutcomeKind } from '../plan/outcomes.ts'
import type { ReportRow } from './report-csv.ts'

const rowsAtOnce = 1_000

/** Every outcome of a run that somebody should look at, in the order in which the copy met them; a page is in memory. */
export async function* readReport(
  central: CentralDatabase,
  store: StoreDatabase,
  runId: number,
): AsyncGenerator<readonly ReportRow[]> {
  let afterId = 0
  for (;;) {
    const outcomes = await readOutcomes(store, runId, afterId)
    const last = outcomes.at(-1)
    if (last === undefined) return
    const names = await readNames(
      central,
      outcomes.map(({ sourceId }) => sourceId),
    )
    yield outcomes.map(({ id: _id, sourceId, storeName, ...row }) => ({
      ...row,
      outcome: row.outcome as OutcomeKind,
      name: names.get(sourceId) ?? storeName ?? '',
    }))
    afterId = last.id
  }
}

function readOutcomes(store: StoreDatabase, runId: number, afterId: number) {
  return store
    .selectFrom('copy_outcomes as outcome')
    .innerJoin('copy_receipts as receipt', 'receipt.run_id', 'outcome.run_id')
    .leftJoin('tat_items as item', (join) =>
      join
        .onRef('item.company_id', '=', 'receipt.company_id')
        .onRef('item.item_father_id', '=', 'outcome.source_item_id')
        .on('item.own_sku', '=', ''),
    )
    .select(['outcome.id', 'outcome.source_item_id as sourceId', 'outcome.sku', 'outcome.outcome', 'outcome.reason'])
    .select(['item.name as storeName', 'item.sku as storeSku', 'item.cost', 'item.price'])
    .select('outcome.suggested_price as suggestedPrice')
    .where('outcome.run_id', '=', runId)
    .where('outcome.id', '>', afterId)
    .orderBy('outcome.id')
    .limit(rowsAtOnce)
    .execute()
}

/** The distributor's names: what was skipped has none in the store. */
async function readNames(central: CentralDatabase, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const rows = await central.selectFrom('inv_items').select(['id', 'name']).where('id', 'in', ids).execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}
