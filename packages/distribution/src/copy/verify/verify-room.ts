import { sql } from 'kysely'
import { dialectOf } from '../../database/dialect.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import type { ExpectedValues } from './verify-values.ts'

/** A column as `information_schema` describes it. */
export interface ColumnRoom {
  readonly table: string
  readonly column: string
  /** With more behind on MariaDB and MySQL: `int(10) unsigned`. */
  readonly type: string
  /** Letters; null of what is no text, and where they are not counted. */
  readonly length: number | null
  readonly octets: number | null
  /** Of the column or, on PostgreSQL, of its database. */
  readonly charset: string | null
  /** Digits, of which so many are decimals; null of what is no number. */
  readonly precision: number | null
  readonly scale: number | null
}

export interface RoomValues extends Omit<ExpectedValues, 'categorySourceId' | 'priceStrategy' | 'status'> {
  readonly sku: string
}

/** Where each value is kept. */
const places: Readonly<Record<keyof RoomValues, string>> = {
  sku: 'tat_items.sku',
  name: 'tat_items.name',
  image: 'tat_items.img_path',
  brand: 'tat_items.brand',
  unit: 'tat_items.unit',
  cost: 'tat_items.cost',
  price: 'tat_items.price',
  category: 'tat_categories.name',
  taxName: 'cnf_taxes.name',
  taxPercentage: 'cnf_taxes.percentage',
}

/**
 * What the columns of a store have room for: those of a store that was taken over are the original's, and may be narrower than the
 * distributor's, or take other letters. What does not fit is an error of each copy. Rules of a table's own are not known here.
 */
export class StoreRoom {
  readonly #columns: ReadonlyMap<string, ColumnRoom>

  constructor(columns: readonly ColumnRoom[]) {
    this.#columns = new Map(columns.map((each) => [`${each.table}.${each.column}`.toLowerCase(), each]))
  }

  static async read(store: StoreDatabase): Promise<StoreRoom> {
    return new StoreRoom(await readColumns(store))
  }

  takes(values: RoomValues): boolean {
    return fieldsOf(places).every((field) => fits(values[field], this.#columns.get(places[field].toLowerCase())))
  }
}

function fieldsOf<Field extends string>(fields: Readonly<Record<Field, unknown>>): readonly Field[] {
  return Object.keys(fields) as Field[]
}

/** Nothing of a file, whose columns take everything. */
async function readColumns(store: StoreDatabase): Promise<readonly ColumnRoom[]> {
  const dialect = dialectOf(store)
  if (dialect === 'sqlite') return []
  const isMysql = dialect === 'mysql'
  const charset = isMysql ? sql`character_set_name` : sql`current_setting('server_encoding')`
  const schema = isMysql ? sql`database()` : sql`current_schema()`
  const { rows } = await sql<ColumnRoom>`
    select table_name as "table", column_name as "column", ${isMysql ? sql`column_type` : sql`data_type`} as "type",
      character_maximum_length as "length", character_octet_length as "octets", ${charset} as "charset",
      numeric_precision as "precision", numeric_scale as "scale"
    from information_schema.columns
    where table_schema = ${schema} and table_name in ('tat_items', 'tat_categories', 'cnf_taxes')`.execute(store)
  return rows
}

function fits(value: string | number | null, column: ColumnRoom | undefined): boolean {
  if (value === null || column === undefined) return true
  return typeof value === 'number' ? fitsNumber(value, column) : fitsText(value, column)
}

const bitsOf: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, mediumint: 24, int: 32, integer: 32 }

const mostDecimals = 100

/** Nothing that is counted here is below zero. */
function fitsNumber(value: number, { type, precision, scale }: ColumnRoom): boolean {
  const decimals = scale ?? 0
  // PostgreSQL tells a negative scale as one of thousands.
  if (/^(decimal|numeric)/.test(type) && precision !== null && decimals <= mostDecimals)
    return Number(value.toFixed(decimals)) === value && value < 10 ** (precision - decimals)
  const bits = bitsOf[/^[a-z]+/.exec(type)?.[0] ?? '']
  return bits === undefined || (Number.isInteger(value) && value < 2 ** (type.includes('unsigned') ? bits : bits - 1))
}

function fitsText(value: string, { length, octets, charset }: ColumnRoom): boolean {
  if (length !== null && Array.from(value).length > length) return false
  if (octets !== null && /^utf8/.test(charset ?? '') && Buffer.byteLength(value) > octets) return false
  return letters.get(charset ?? '')?.test(value) ?? true
}

const ofOnePlane = /^[^\u{10000}-\u{10ffff}]*$/u
// What MariaDB and MySQL call latin1 is this code page, with a letter for each of its bytes.
const of1252 = new RegExp(`^[${pageOf1252()}]*$`, 'u')

/** Of the character sets that do not take all letters, those that an application of Laravel has had. */
const letters: ReadonlyMap<string, RegExp> = new Map([
  ['ascii', /^\p{ASCII}*$/u],
  ['utf8', ofOnePlane],
  ['utf8mb3', ofOnePlane],
  ['latin1', of1252],
  ['WIN1252', of1252],
  ['LATIN1', /^[\p{ASCII}\u0080-\u00ff]*$/u],
])

function pageOf1252(): string {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  return RegExp.escape(new TextDecoder('windows-1252').decode(bytes))
}
