import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { StoreTables } from './store-tables.ts'

/** A way to all copied products of a store. */
export interface CopiedProducts {
  /** On `tat_items`. */
  readonly condition: RawBuilder<SqlBool>
  /** In whose order they can be read a few at a time. */
  readonly order: 'id' | 'item_father_id'
}

/** A store's rows that have a table for themselves are read in their order: found by an index they take MariaDB three times as long. */
export async function copiedProducts(store: Kysely<StoreTables>, companyId: number): Promise<CopiedProducts> {
  const companies = await store
    .selectFrom('tat_items')
    .select(({ fn }) => [fn.min('company_id').as('first'), fn.max('company_id').as('last')])
    .executeTakeFirst()
  const isAlone = companies?.first === companyId && companies.last === companyId
  if (!isAlone) return { condition: sql`company_id = ${companyId} and item_father_id > 0`, order: 'item_father_id' }
  // No index answers to a sum.
  return { condition: sql`company_id + 0 = ${companyId} and item_father_id > 0`, order: 'id' }
}
