import { type Kysely, sql } from 'kysely'
import type { Shape } from './mysql-shape.ts'

/**
 * Has the database set the moments of rows that we write: Laravel does so itself, with every row, and its pages fail on a row
 * without. Nothing but the default of columns changes that have none.
 */
export async function stampNewRows<Tables>(db: Kysely<Tables>, shape: Shape, table: string): Promise<void> {
  const columns = shape.get(table)?.columns
  const names = ['created_at', 'updated_at'].filter((name) => {
    const column = columns?.get(name)
    return column !== undefined && !column.hasDefault && /^(timestamp|datetime)/.test(column.type)
  })
  if (names.length === 0) return
  const changes = names.map((name) => sql`alter column ${sql.ref(name)} set default (current_timestamp)`)
  await sql`alter table ${sql.table(table)} ${sql.join(changes)}`.execute(db)
}

export interface AddedIndex {
  readonly table: string
  readonly name: string
  readonly columns: readonly string[]
  readonly isUnique?: boolean
}

/** Unless it is there. */
export async function addIndex<Tables>(db: Kysely<Tables>, shape: Shape, index: AddedIndex): Promise<void> {
  const { table, name, columns, isUnique = false } = index
  if (shape.get(table)?.indexes.has(name)) return
  const kind = sql.raw(isUnique ? 'unique index' : 'index')
  const list = sql.join(columns.map((column) => sql.ref(column)))
  await sql`alter table ${sql.table(table)} add ${kind} ${sql.ref(name)} (${list})`.execute(db)
}
