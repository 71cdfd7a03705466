import type { CentralDatabase } from '../database/open-central.ts'
import type { PriceListLine } from './price-list-cells.ts'

/** The ids of what products refer to: categories, brands and units by name, taxes by percentage. */
export interface CatalogReferences {
  readonly categories: ReadonlyMap<string, number>
  readonly brands: ReadonlyMap<string, number>
  readonly units: ReadonlyMap<string, number>
  readonly taxes: ReadonlyMap<number, number>
}

/** Finds all that the lines name, creating in bulk what is missing. Belongs in the import's transaction. */
export async function ensureReferences(
  db: CentralDatabase,
  distributorId: string,
  lines: readonly PriceListLine[],
): Promise<CatalogReferences> {
  return {
    categories: await ensure(distinct(lines, 'category'), categoriesOf(db, distributorId)),
    brands: await ensure(distinct(lines, 'brand'), brandsOf(db, distributorId)),
    units: await ensure(distinct(lines, 'unit'), unitsOf(db, distributorId)),
    taxes: await ensure(distinct(lines, 'tax'), taxesOf(db)),
  }
}

/** A table whose rows are found by one key. */
interface ReferenceTable<Key> {
  read(keys: readonly Key[]): Promise<readonly { readonly id: number; readonly key: Key }[]>
  insert(keys: readonly Key[]): Promise<unknown>
}

async function ensure<Key>(keys: readonly Key[], table: ReferenceTable<Key>): Promise<ReadonlyMap<Key, number>> {
  if (keys.length === 0) return new Map()
  const found = new Map((await table.read(keys)).map((row) => [row.key, row.id]))
  const missing = keys.filter((key) => !found.has(key))
  if (missing.length === 0) return found
  await table.insert(missing)
  for (const row of await table.read(missing)) found.set(row.key, row.id)
  return found
}

function distinct<Column extends 'category' | 'brand' | 'unit' | 'tax'>(
  lines: readonly PriceListLine[],
  column: Column,
): readonly NonNullable<PriceListLine[Column]>[] {
  return [...new Set(lines.flatMap((line) => line[column] ?? []))]
}

function categoriesOf(db: CentralDatabase, tenantId: string): ReferenceTable<string> {
  return {
    read: (names) =>
      db
        .selectFrom('inv_categories')
        .select(['id', 'name as key'])
        .where('tenant_id', '=', tenantId)
        .where('name', 'in', names)
        .execute(),
    insert: (names) =>
      db
        .insertInto('inv_categories')
        .values(names.map((name) => ({ tenant_id: tenantId, name })))
        .execute(),
  }
}

function brandsOf(db: CentralDatabase, tenantId: string): ReferenceTable<string> {
  return {
    read: (names) =>
      db
        .selectFrom('inv_item_brand')
        .select(['id', 'name as key'])
        .where('tenant_id', '=', tenantId)
        .where('name', 'in', names)
        .execute(),
    insert: (names) =>
      db
        .insertInto('inv_item_brand')
        .values(names.map((name) => ({ tenant_id: tenantId, name })))
        .execute(),
  }
}

function unitsOf(db: CentralDatabase, tenantId: string): ReferenceTable<string> {
  return {
    read: (names) =>
      db
        .selectFrom('inv_unit_measurements')
        .select(['id', 'description as key'])
        .where('tenant_id', '=', tenantId)
        .where('description', 'in', names)
        .execute(),
    insert: (names) =>
      db
        .insertInto('inv_unit_measurements')
        .values(names.map((description) => ({ tenant_id: tenantId, description })))
        .execute(),
  }
}

/** Taxes belong to the country, not to a distributor. Of several with one percentage the oldest is taken. */
function taxesOf(db: CentralDatabase): ReferenceTable<number> {
  return {
    read: (percentages) =>
      db
        .selectFrom('cnf_taxes')
        .select(['id', 'percentage as key'])
        .where('percentage', 'in', percentages)
        .orderBy('id', 'desc')
        .execute(),
    insert: (percentages) =>
      db
        .insertInto('cnf_taxes')
        .values(percentages.map((percentage) => ({ name: `IVA ${percentage}%`, percentage })))
        .execute(),
  }
}
