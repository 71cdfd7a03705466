import type { StoreItemsTable } from '../../src/database/store-tables.ts'
import type { StoreDatabase } from '../../src/tenancy/store-databases.ts'
import type { BedDriver } from './bed-place.ts'
import { type BedOptions, TestBed } from './copy-test-bed.ts'

/** A bed with one store, into which so many products were copied. */
export async function stockedStore(driver: BedDriver, products: number, options: BedOptions = {}) {
  const bed = await TestBed.open(driver, options)
  await bed.addProducts(products)
  const { runId, companyId } = await bed.register()
  await bed.copy({ runId, companyId })
  const store = await bed.store(runId)
  return {
    bed,
    companyId,
    store,
    /** As another process sees it; the caller disposes of it. */
    openAgain: () => bed.store(runId),
    [Symbol.asyncDispose]: async () => {
      await store.destroy()
      await bed[Symbol.asyncDispose]()
    },
  }
}

/** All columns of all products of the store, in the order of their ids. */
export async function storeRows(store: StoreDatabase): Promise<readonly StoreRow[]> {
  const rows = await store.selectFrom('tat_items').selectAll().orderBy('id').execute()
  return rows.map((row) => ({ ...row }))
}

export type StoreRow = { readonly [Column in keyof StoreItemsTable]: unknown }

/** The copy of the distributor's product. */
export async function copiedRow(store: StoreDatabase, sourceId: number): Promise<StoreRow> {
  const row = (await storeRows(store)).find((each) => each.item_father_id === sourceId)
  if (!row) throw new Error(`the store has no copy of ${sourceId}`)
  return row
}
