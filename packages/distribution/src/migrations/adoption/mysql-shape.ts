import { type Kysely, sql } from 'kysely'

export interface ColumnShape {
  /** As the database writes it: `bigint(20) unsigned`. */
  readonly type: string
  /** Null of what is no text. */
  readonly collation: string | null
  readonly hasDefault: boolean
}

export interface TableShape {
  readonly engine: string
  readonly columns: ReadonlyMap<string, ColumnShape>
  readonly indexes: ReadonlySet<string>
}

/** The tables of a database of MariaDB or MySQL by their names. */
export type Shape = ReadonlyMap<string, TableShape>

/** What tables there are, and how they are made. */
export async function readShape<Tables>(db: Kysely<Tables>): Promise<Shape> {
  const { rows: tables } = await sql<{ readonly name: string; readonly engine: string | null }>`
    select table_name as "name", engine as "engine"
    from information_schema.tables
    where table_schema = database() and table_type = 'BASE TABLE'`.execute(db)
  const [columns, indexes] = [await readColumns(db), await readIndexes(db)]
  return new Map(
    tables.map(({ name, engine }) => [
      name,
      {
        engine: engine ?? '',
        columns: new ByColumn((columns.get(name) ?? []).map(({ column, ...shape }) => [column, shape] as const)),
        indexes: new Set((indexes.get(name) ?? []).map(({ index }) => index)),
      },
    ]),
  )
}

/** The server takes `companyid` for `companyId`. */
class ByColumn extends Map<string, ColumnShape> {
  constructor(columns: readonly (readonly [name: string, shape: ColumnShape])[]) {
    super(columns.map(([name, shape]) => [name.toLowerCase(), shape]))
  }

  override get(name: string): ColumnShape | undefined {
    return super.get(name.toLowerCase())
  }

  override has(name: string): boolean {
    return super.has(name.toLowerCase())
  }
}

async function readColumns<Tables>(db: Kysely<Tables>) {
  const { rows } = await sql<{
    table: string
    column: string
    type: string
    collation: string | null
    preset: unknown
  }>`
    select table_name as "table", column_name as "column", column_type as "type", collation_name as "collation",
      nullif(column_default, 'NULL') as "preset"
    from information_schema.columns
    where table_schema = database()
    order by table_name, ordinal_position`.execute(db)
  const shapes = rows.map(({ preset, ...column }) => ({ ...column, hasDefault: preset !== null }))
  return Map.groupBy(shapes, ({ table }) => table)
}

async function readIndexes<Tables>(db: Kysely<Tables>) {
  const { rows } = await sql<{ table: string; index: string }>`
    select distinct table_name as "table", index_name as "index"
    from information_schema.statistics
    where table_schema = database()`.execute(db)
  return Map.groupBy(rows, ({ table }) => table)
}
