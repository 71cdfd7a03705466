import { hash } from 'node:crypto'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { dialectOf, type SqlDialect } from '../database/dialect.ts'

/** Rows of which every column that is named counts. */
export interface DigestedRows {
  /** `from …` with its joins and conditions. */
  readonly from: RawBuilder<unknown>
  /** As SQL writes them, `"categoryId"`; with the key among them, so that two rows that exchange values are seen. */
  readonly columns: readonly string[]
  /** More of them, which may be null. */
  readonly nullable?: readonly string[]
}

/**
 * 32 hexadecimal digits over the rows of all parts, in one statement: any row that is added, removed or changed gives others,
 * whoever wrote it. On servers a row counts by its hash (60 bits on PostgreSQL, 32 on MariaDB and MySQL: one change in four
 * billion goes unseen there), and their sum does not depend on an order. SQLite has no hash, so it puts the rows together and
 * they are hashed here: for 50,000 products some 5 MB for an instant. Rows in another order give other digits, which costs a
 * copy and harms nothing.
 */
export async function digestRows<Tables>(db: Kysely<Tables>, parts: readonly DigestedRows[]): Promise<string> {
  const digest = digests[dialectOf(db)]
  const selects = parts.map(
    ({ from, columns, nullable = [] }, index) => sql`
    select ${sql.lit(index)} as part, count(*) as found, ${digest(columns, nullable)} as digest ${from}`,
  )
  const { rows } = await sql<Part>`${sql.join(selects, sql` union all `)}`.execute(db)
  const sums = rows
    .toSorted((one, other) => one.part - other.part)
    .map(({ found, digest: sum }) => [Number(found), String(sum ?? '')])
  return hash('sha256', JSON.stringify(sums), 'hex').slice(0, 32)
}

interface Part {
  readonly part: number
  readonly found: number | string
  readonly digest: string | number | null
}

/** Between columns stands a character that no text has, and for null one that no other column ends with. */
const between = "'\u001f'"
const nothing = "'\u001e'"

type Columns = readonly string[]

const digests: Readonly<Record<SqlDialect, (columns: Columns, nullable: Columns) => RawBuilder<string>>> = {
  sqlite: (columns, nullable) =>
    sql.raw(`group_concat(concat_ws(${between}, ${[...columns, ...nullable.map(orNothing)].join(', ')}))`),
  mysql: (columns, nullable) => {
    const row = [...columns, ...nullable.map(orNothing)].join(', ')
    return sql.raw(`cast(sum(crc32(concat_ws(${between}, ${row}))) as char)`)
  },
  postgres: (columns, nullable) =>
    sql.raw(`sum(hash_record_extended(row(${[...columns, ...nullable].join(', ')}), 0) >> 4)::text`),
}

/** Three times as dear as the column itself. */
function orNothing(column: string): string {
  return `ifnull(${column}, ${nothing})`
}
