import { CompiledQuery, type Kysely } from 'kysely'
import { BulkEncoder, type BulkParameters } from './bulk-encoder.ts'
import { type ColumnType, dialectOf, type SqlDialect, takesBulk } from './dialect.ts'
import { BulkRefusedError } from './mariadb-bulk.ts'

/** What happens to a row whose key is there already. */
export interface Conflict<Column extends string> {
  /** The columns of the unique key that may be there already. */
  readonly key: readonly Column[]
  /** What a row that is there takes from the new one; nothing keeps it as it is. */
  readonly update: readonly Column[]
  /** Columns set to this moment when a row is changed. */
  readonly touch?: readonly Column[]
  /** What becomes of such a column instead, while the row that is there fulfils a condition. */
  readonly unless?: Readonly<Record<string, Exception>>
}

export interface Exception {
  /** Of the row that is there, as SQL: its columns have `there.` before them. */
  readonly condition: string
  /** Else the column stays as it is. */
  readonly becomes?: 'null'
}

export interface BulkRows extends Conflict<string> {
  readonly table: string
  readonly columns: readonly string[]
  /** Each with its values in the order of the columns. */
  readonly rows: readonly (readonly unknown[])[]
  /** Of the columns. PostgreSQL and MariaDB take many rows in half the time, or less, when they are told. */
  readonly types?: readonly ColumnType[]
}

/** Writes the rows, or changes those that are there under the key. */
export async function bulkUpsert<Tables>(db: Kysely<Tables>, bulk: BulkRows): Promise<void> {
  const isBulk = bulk.rows.length > fewRows && takesBulk(db)
  if (!isBulk || !(await writeEncoded(db, encodeRows(db, bulk)))) await writeInStatements(db, bulk)
}

/** A bulk is prepared before it is sent: for so few rows that takes longer than to read a statement. */
const fewRows = 32

/**
 * One statement for all rows, or for as many as one may hold. Its text is put together once for each number of rows: a builder
 * would take longer than the database.
 */
async function writeInStatements<Tables>(db: Kysely<Tables>, bulk: BulkRows): Promise<void> {
  const dialect = dialectOf(db)
  for (const piece of piecesOf(dialect, bulk))
    await db.executeQuery(CompiledQuery.raw(textOf(dialect, piece), parametersOf(dialect, piece)))
}

const mostParameters = 65_535
/** Of values, of which a text may become twice as long: MariaDB and MySQL often take no more than a mebibyte at once. */
const mostBytes = 512 * 1024
/** No message has to travel: what counts is that the same statement is prepared once, and small enough for the processor's cache. */
const rowsOnSqlite = 50

function piecesOf(dialect: SqlDialect, bulk: BulkRows): readonly BulkRows[] {
  const { columns, rows } = bulk
  if (rows.length === 0) return []
  if (dialect === 'sqlite') return slices(bulk, rowsOnSqlite)
  const mostRows = isByColumns(dialect, bulk) ? rows.length : Math.floor(mostParameters / columns.length)
  const pieces = Math.max(
    Math.ceil(rows.length / mostRows),
    dialect === 'mysql' ? Math.ceil(bytesOf(rows) / mostBytes) : 1,
  )
  if (pieces === 1) return [bulk]
  return slices(bulk, Math.ceil(rows.length / pieces))
}

function slices(bulk: BulkRows, length: number): readonly BulkRows[] {
  const { rows } = bulk
  return Array.from({ length: Math.ceil(rows.length / length) }, (_, piece) => ({
    ...bulk,
    rows: rows.slice(piece * length, (piece + 1) * length),
  }))
}

function bytesOf(rows: readonly (readonly unknown[])[]): number {
  let bytes = 0
  for (const row of rows)
    for (const value of row) bytes += typeof value === 'string' ? Buffer.byteLength(value) : bytesOfNumber
  return bytes
}

const bytesOfNumber = 8

function parametersOf(dialect: SqlDialect, bulk: BulkRows): unknown[] {
  const { columns, rows } = bulk
  return isByColumns(dialect, bulk) ? columns.map((_, index) => rows.map((row) => row[index])) : rows.flat()
}

/** Then a column is one parameter, however many rows there are. */
function isByColumns(dialect: SqlDialect, { types }: BulkRows): boolean {
  return dialect === 'postgres' && types !== undefined
}

/** Rows as they are sent; those of a bulk hold nothing but bytes. */
export type EncodedRows = BulkRows | EncodedBulk

interface EncodedBulk {
  /** For one row. */
  readonly text: string
  readonly packets: readonly BulkParameters[]
}

/** Does what it takes to send rows as they come, before there is a transaction to wait for it. */
export interface RowEncoder {
  /** Its values in the order of the columns. */
  add(row: readonly unknown[]): void
  finish(): EncodedRows
}

export function rowEncoder<Tables>(db: Kysely<Tables>, bulk: Omit<BulkRows, 'rows'>): RowEncoder {
  const { columns, types } = bulk
  if (!types || !takesBulk(db)) {
    const rows: (readonly unknown[])[] = []
    return { add: (row) => void rows.push(row), finish: () => ({ ...bulk, rows }) }
  }
  const encoder = new BulkEncoder({ columns, types })
  const text = textOf('mysql', { ...bulk, rows: [[]] })
  return { add: (row) => encoder.add(row), finish: () => ({ text, packets: encoder.finish() }) }
}

function encodeRows<Tables>(db: Kysely<Tables>, bulk: BulkRows): EncodedRows {
  const encoder = rowEncoder(db, bulk)
  for (const row of bulk.rows) encoder.add(row)
  return encoder.finish()
}

/** False when the server behind takes no bulk any more: then they are to be written from the beginning. */
export async function writeEncoded<Tables>(db: Kysely<Tables>, rows: EncodedRows): Promise<boolean> {
  if (!('packets' in rows)) {
    await writeInStatements(db, rows)
    return true
  }
  try {
    for (const packet of rows.packets) await db.executeQuery(CompiledQuery.raw(rows.text, [packet]))
    return true
  } catch (error) {
    if (error instanceof BulkRefusedError) return false
    throw error
  }
}

const mostTexts = 64
const texts = new Map<string, string>()

function textOf(dialect: SqlDialect, bulk: BulkRows): string {
  const { table, columns, rows, key, update, touch = [], unless } = bulk
  const id = [dialect, table, columns, rows.length, key, update, touch, unless && JSON.stringify(unless)].join('|')
  const known = texts.get(id)
  if (known !== undefined) return known
  if (texts.size >= mostTexts) texts.clear()
  const text = `${insertText(dialect, bulk)} ${conflictText(dialect, bulk)}`
  texts.set(id, text)
  return text
}

function insertText(dialect: SqlDialect, bulk: BulkRows): string {
  const { table, columns, types } = bulk
  const into = `insert into "${table}" (${columns.map(quoted).join(',')})`
  if (dialect !== 'postgres' || !types) return `${into} values ${placesOf(dialect, bulk)}`
  return `${into} select * from unnest(${types.map((type, index) => `$${index + 1}::${type}[]`).join(',')})`
}

function placesOf(dialect: SqlDialect, { columns, rows }: BulkRows): string {
  const places = rows.map((_row, row) => {
    const each = columns.map((_column, index) =>
      dialect === 'postgres' ? `$${row * columns.length + index + 1}` : '?',
    )
    return `(${each.join(',')})`
  })
  return places.join(',')
}

/** On MySQL any unique key of the table counts as the key. */
function conflictText(dialect: SqlDialect, bulk: BulkRows): string {
  const { key, update, touch = [] } = bulk
  const changes = [
    ...update.map((column) => `${quoted(column)} = ${newValue(dialect, bulk, column)}`),
    ...touch.map((column) => `${quoted(column)} = current_timestamp`),
  ]
  const [first = 'id'] = key
  if (dialect === 'mysql')
    return `on duplicate key update ${changes.length > 0 ? changes.join(', ') : `${quoted(first)} = ${quoted(first)}`}`
  const what = changes.length > 0 ? `do update set ${changes.join(', ')}` : 'do nothing'
  return `on conflict (${key.map(quoted).join(',')}) ${what}`
}

function newValue(dialect: SqlDialect, { table, unless }: BulkRows, column: string): string {
  const value = dialect === 'mysql' ? `values(${quoted(column)})` : `excluded.${quoted(column)}`
  const exception = unless?.[column]
  if (!exception) return value
  const there = `${quoted(table)}.`
  const { condition, becomes = `${there}${quoted(column)}` } = exception
  return `case when ${condition.replaceAll('there.', there)} then ${becomes} else ${value} end`
}

/** Names come from this code, never from outside. */
function quoted(name: string): string {
  return `"${name}"`
}
