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
  /** Letters; null of what is no text. */
  readonly length: number | null
  /** Null on PostgreSQL, where a database takes all letters. */
  readonly charset: string | null
  /** Digits, of which so many are decimals; null of what is no number. */
  readonly precision: number | null
  readonly scale: number | null
}

export type RoomValues = Pick<
  ExpectedValues,
  'name' | 'category' | 'taxName' | 'taxPercentage' | 'image' | 'brand' | 'unit'
> &
  Pick<ExpectedValues, 'cost' | 'price'> & { readonly sku: string }

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
  const schema = isMysql ? sql`database()` : sql`current_schema()`
  const { rows } = await sql<ColumnRoom>`
    select table_name as "table", column_name as "column", ${isMysql ? sql`column_type` : sql`data_type`} as "type",
      character_maximum_length as "length", character_set_name as "charset", numeric_precision as "precision",
      numeric_scale as "scale"
    from information_schema.columns
    where table_schema = ${schema} and table_name in ('tat_items', 'tat_categories', 'cnf_taxes')`.execute(store)
  return rows
}

function fits(value: string | number | null, column: ColumnRoom | undefined): boolean {
  if (value === null || column === undefined) return true
  return typeof value === 'number' ? fitsNumber(value, column) : fitsText(value, column)
}

const bitsOf: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, mediumint: 24, int: 32, integer: 32 }

/** Nothing that is counted here is below zero. */
function fitsNumber(value: number, { type, precision, scale }: ColumnRoom): boolean {
  if (/^(decimal|numeric)/.test(type) && precision !== null)
    return Number(value.toFixed(scale ?? 0)) === value && value < 10 ** (precision - (scale ?? 0))
  const bits = bitsOf[/^[a-z]+/.exec(type)?.[0] ?? '']
  return bits === undefined || (Number.isInteger(value) && value < 2 ** (type.includes('unsigned') ? bits : bits - 1))
}

function fitsText(value: string, { length, charset }: ColumnRoom): boolean {
  return (length === null || Array.from(value).length <= length) && (letters.get(charset ?? '')?.test(value) ?? true)
}

/** Of the character sets that do not take all letters, those that an application of Laravel has had. */
const letters: ReadonlyMap<string, RegExp> = new Map([
  ['ascii', /^\p{ASCII}*$/u],
  ['utf8', /^[^\u{10000}-\u{10ffff}]*$/u],
  ['utf8mb3', /^[^\u{10000}-\u{10ffff}]*$/u],
  // What the server calls so is the code page 1252, with a letter for each of its bytes.
  ['latin1', new RegExp(`^[${pageOf1252()}]*$`, 'u')],
])

function pageOf1252(): string {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  return RegExp.escape(new TextDecoder('windows-1252').decode(bytes))
}
