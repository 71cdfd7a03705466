import type { TestBed } from '../support/copy-test-bed.ts'

/** Rows of stores' databases that belong to another store, or are copies of another distributor's products. */
export async function countForeignRows(
  bed: TestBed,
  stores: readonly number[],
  distributors: readonly string[],
): Promise<number> {
  let foreign = 0
  for (const [index, companyId] of stores.entries()) {
    const ids = await productsOf(bed, distributors[index % distributors.length] ?? '')
    await using store = await bed.stores.open((await bed.tenantOf(companyId)).place)
    const rows = await store.selectFrom('tat_items').select(['company_id', 'item_father_id']).execute()
    foreign += rows.filter(
      (row) => row.company_id !== companyId || (row.item_father_id !== 0 && !ids.has(row.item_father_id)),
    ).length
    // Its own, and GENERICO.
    foreign += Math.abs(rows.length - ids.size - 1)
  }
  return foreign
}

const known = new Map<string, ReadonlySet<number>>()

async function productsOf({ central }: TestBed, distributorId: string): Promise<ReadonlySet<number>> {
  const found = known.get(distributorId)
  if (found) return found
  const rows = await central.selectFrom('inv_items').select('id').where('tenant_id', '=', distributorId).execute()
  const ids = new Set(rows.map(({ id }) => id))
  known.set(distributorId, ids)
  return ids
}
