import type { Migration } from 'kysely/migration'
import { storeTables } from './store/0001-store-tables.ts'
import { restock } from './store/0002-restock.ts'

/** The migrations of a store's database in the order of their names; one is never edited after a release. */
export interface StoreSchema {
  readonly migrations: Record<string, Migration>
  /** How many there are: what `tenants.schema_version` says of a store that has them all. */
  readonly version: number
}

export function storeSchemaOf(migrations: Record<string, Migration>): StoreSchema {
  return { migrations, version: Object.keys(migrations).length }
}

export const currentStoreSchema: StoreSchema = storeSchemaOf({
  '0001-store-tables': storeTables,
  '0002-restock': restock,
})
