import { RawNode } from 'kysely'
import type { AdoptedTables } from './adopted-tables.ts'
import type { ColumnShape, Shape } from './mysql-shape.ts'

/** What a column that refers to a table of the original application has to be, by the table's name. */
export type KeyTypes = ReadonlyMap<string, RawNode>

export function keyTypes(shape: Shape, { names }: AdoptedTables): KeyTypes {
  const types = new Map<string, RawNode>()
  for (const name of names) {
    const key = shape.get(name)?.columns.get('id')
    if (key) types.set(name, RawNode.createWithSql(typeText(key)))
  }
  return types
}

/** Collations begin with the name of their character set. */
function typeText({ type, collation }: ColumnShape): string {
  return collation === null ? type : `${type} character set ${collation.split('_')[0]} collate ${collation}`
}
