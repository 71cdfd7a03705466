import type { CentralDatabase } from '../../database/open-central.ts'
import { skuKey } from '../plan/assign-skus.ts'
import { activeItems } from './source-page.ts'

/** SKUs, by `skuKey`, that several active products of a distributor have: in our own tables there are none. */
export async function readRepeatedSkus(central: CentralDatabase, distributorId: string): Promise<ReadonlySet<string>> {
  if (!(await isOriginal(central, distributorId))) return new Set()
  const repeated = activeItems(central, distributorId)
    .select('item.sku')
    .groupBy('item.sku')
    .having(({ fn }) => fn.countAll(), '>', 1)
  const rows = await activeItems(central, distributorId).select('item.sku').where('item.sku', 'in', repeated).execute()
  // The original's collation takes several for one.
  const byKey = Map.groupBy(rows, ({ sku }) => skuKey(sku))
  return new Set([...byKey].flatMap(([key, same]) => (same.length > 1 ? [key] : [])))
}

async function isOriginal(central: CentralDatabase, distributorId: string): Promise<boolean> {
  const tenants = central.selectFrom('tenants').select('original_layout as layout').where('id', '=', distributorId)
  return ((await tenants.executeTakeFirst())?.layout ?? null) !== null
}
