import type { Row } from '../connection.ts'
import type { DatabaseKind, ReadOnlyDatabase } from '../read-only-database.ts'

/** What the database itself says of some tables. */
export type Tables = ReadonlyMap<string, TableFound>

export interface TableFound {
  readonly name: string
  /** Of MariaDB and MySQL. */
  readonly engine: string | null
  readonly columns: ReadonlyMap<string, ColumnFound>
  readonly indexes: readonly IndexFound[]
}

export interface ColumnFound {
  readonly name: string
  /** In lower case, without a length: `tinyint`, `longtext`, `character varying`. */
  readonly type: string
  readonly isUnsigned: boolean
  /** Of MariaDB and MySQL. */
  readonly characterSet: string | null
  readonly collation: string | null
  /** An insert must give it a value. */
  readonly isDemanded: boolean
}

export interface IndexFound {
  readonly name: string
  readonly isUnique: boolean
  /** In order; an expression is left out. */
  readonly columns: readonly string[]
}

/** Those of the named tables that are there. */
export async function readTables(database: ReadOnlyDatabase, names: readonly string[]): Promise<Tables> {
  const { columns, indexes } = catalogs[database.kind]
  const wanted = names.map(() => '?').join(', ')
  const columnRows = await database.query(columns(wanted), names)
  const indexRows = await database.query(indexes(wanted), names)
  const indexesOf = Map.groupBy(indexRows, tableOf)
  return new Map(
    Map.groupBy(columnRows, tableOf)
      .entries()
      .map(([name, rows]) => [name, tableFound(rows, indexesOf.get(name) ?? [])]),
  )
}

function tableOf(row: Row): string {
  return String(row.table_found)
}

function tableFound(columns: readonly Row[], indexRows: readonly Row[]): TableFound {
  const [first] = columns
  return {
    name: String(first?.table_found),
    engine: textOrNull(first?.engine_found),
    columns: new Map(columns.map((row) => [String(row.column_found), columnFound(row)])),
    indexes: [...Map.groupBy(indexRows, (row) => String(row.index_found)).values()].map(indexFound),
  }
}

function columnFound(row: Row): ColumnFound {
  const type = String(row.type_found).toLowerCase()
  return {
    name: String(row.column_found),
    type: type
      .replace(/\(.*/, '')
      .replace(/ unsigned.*/, '')
      .trim(),
    isUnsigned: type.includes('unsigned'),
    characterSet: textOrNull(row.charset_found),
    collation: textOrNull(row.collation_found),
    isDemanded: Number(row.is_demanded) === 1,
  }
}

function indexFound(rows: readonly Row[]): IndexFound {
  const ordered = rows.toSorted((a, b) => Number(a.position_found) - Number(b.position_found))
  return {
    name: String(rows[0]?.index_found),
    isUnique: Number(rows[0]?.is_unique) === 1,
    columns: ordered.flatMap(({ column_found: column }) => textOrNull(column) ?? []),
  }
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

/** One row for each column, and for each column of an index. Names differ from those of the catalogues, which are words of the language. */
interface Catalog {
  columns(wanted: string): string
  indexes(wanted: string): string
}

const catalogs: Readonly<Record<DatabaseKind, Catalog>> = {
  sqlite: {
    columns: (wanted) =>
      `select m.name as table_found, c.name as column_found, c.type as type_found,
         c."notnull" = 1 and c.dflt_value is null and c.pk = 0 as is_demanded
       from sqlite_schema as m
       join pragma_table_info(m.name) as c
       where m.type = 'table' and m.name in (${wanted})
       order by m.name, c.cid`,
    indexes: (wanted) =>
      `select m.name as table_found, l.name as index_found, l."unique" as is_unique, i.name as column_found,
         i.seqno as position_found
       from sqlite_schema as m
       join pragma_index_list(m.name) as l
       join pragma_index_info(l.name) as i
       where m.type = 'table' and m.name in (${wanted})`,
  },
  mysql: {
    columns: (wanted) =>
      `select t.table_name as table_found, t.engine as engine_found, c.column_name as column_found,
         c.column_type as type_found, c.character_set_name as charset_found, c.collation_name as collation_found,
         c.is_nullable = 'NO' and c.column_default is null and c.extra = '' as is_demanded
       from information_schema.tables as t
       join information_schema.columns as c on c.table_schema = t.table_schema and c.table_name = t.table_name
       where t.table_schema = database() and t.table_type = 'BASE TABLE' and t.table_name in (${wanted})
       order by c.table_name, c.ordinal_position`,
    indexes: (wanted) =>
      `select table_name as table_found, index_name as index_found, non_unique = 0 as is_unique,
         column_name as column_found, seq_in_index as position_found
       from information_schema.statistics
       where table_schema = database() and table_name in (${wanted})`,
  },
  postgres: {
    columns: (wanted) =>
      `select c.table_name as table_found, c.column_name as column_found, c.data_type as type_found,
         (c.is_nullable = 'NO' and c.column_default is null and c.is_identity = 'NO' and c.is_generated = 'NEVER')::integer
           as is_demanded
       from information_schema.columns as c
       join information_schema.tables as t on t.table_schema = c.table_schema and t.table_name = c.table_name
       where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' and c.table_name in (${wanted})
       order by c.table_name, c.ordinal_position`,
    indexes: (wanted) =>
      `select t.relname as table_found, i.relname as index_found, x.indisunique::integer as is_unique,
         a.attname as column_found, k.position as position_found
       from pg_index as x
       join pg_class as t on t.oid = x.indrelid
       join pg_namespace as n on n.oid = t.relnamespace
       join pg_class as i on i.oid = x.indexrelid
       cross join lateral unnest(x.indkey) with ordinality as k (number, position)
       left join pg_attribute as a on a.attrelid = t.oid and a.attnum = k.number
       where n.nspname = current_schema() and t.relname in (${wanted})`,
  },
}
