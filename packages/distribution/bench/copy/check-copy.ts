import type { Expected } from './catalog/seeded-product.ts'
import type { Place } from './databases/place.ts'
import { openSqlClient } from './databases/sql-client.ts'

/** Throws unless the store has every product, at the right cost and price in sum. */
export async function checkCopy(target: Place, companyId: number, expected: Expected): Promise<void> {
  await using client = await openSqlClient(target)
  const [row] = await client.rows(
    `select count(*) as products, coalesce(sum(cost), 0) as cost, coalesce(sum(price), 0) as price
    from tat_items where company_id = ${companyId} and item_father_id > 0`,
  )
  const found = { products: Number(row?.products), cost: Number(row?.cost), price: Number(row?.price) }
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`The store has ${JSON.stringify(found)}; it should have ${JSON.stringify(expected)}.`)
  }
}
