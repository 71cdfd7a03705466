import {
  AddColumnNode,
  AlterTableNode,
  type ColumnDefinitionNode,
  type CreateTableNode,
  createQueryId,
  DefaultValueNode,
  type Kysely,
  ValueNode,
} from 'kysely'
import type { AdoptedTables } from './adopted-tables.ts'
import { type KeyTypes, keyTypes } from './key-types.ts'
import type { Shape } from './mysql-shape.ts'
import type { PlannedTables } from './planned-tables.ts'

/**
 * Gives the tables of the original application the columns that ours have and they lack. The original writes rows without
 * them: so each may be empty or has a default, and `tenant_id` is the distributor's. One statement a table, so that a run which
 * was cut short finds all of them or none; what is computed of others is not made here.
 */
export async function addMissingColumns<Tables>(
  db: Kysely<Tables>,
  shape: Shape,
  { adopted, planned }: { readonly adopted: AdoptedTables; readonly planned: PlannedTables },
): Promise<void> {
  const types = keyTypes(shape, adopted)
  for (const [name, table] of planned) {
    const found = adopted.names.has(name) ? shape.get(name) : undefined
    if (!found) continue
    const missing = table.columns.filter(
      ({ generated, column }) => !generated && !found.columns.has(column.column.name),
    )
    if (missing.length === 0) continue
    await alter(
      db,
      table,
      missing.map((column) => withoutDemands(column, adopted, types)),
    )
  }
}

async function alter<Tables>(
  db: Kysely<Tables>,
  { table }: CreateTableNode,
  columns: readonly ColumnDefinitionNode[],
): Promise<void> {
  const node = columns.reduce(
    (each, column) => AlterTableNode.cloneWithColumnAlteration(each, AddColumnNode.create(column)),
    AlterTableNode.create(table),
  )
  await db.executeQuery(db.getExecutor().compileQuery(node, createQueryId()))
}

function withoutDemands(
  { unique: _unique, ...column }: ColumnDefinitionNode,
  { distributorId }: AdoptedTables,
  types: KeyTypes,
): ColumnDefinitionNode {
  const dataType = types.get('tenants')
  if (column.column.column.name === 'tenant_id' && distributorId !== null && dataType) {
    const defaultTo = DefaultValueNode.create(ValueNode.createImmediate(distributorId))
    return { ...column, dataType, notNull: false, defaultTo }
  }
  return column.defaultTo === undefined ? { ...column, notNull: false } : column
}
