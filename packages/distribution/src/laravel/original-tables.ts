import { type ReadOnlyDatabase, type Row, readTables, type Tables } from '@surtidor/queue'
import { ApplicationError } from '../errors.ts'

type Columns = Readonly<Record<string, readonly string[]>>

/** What a comparison cannot do without: the distributor's catalogue. */
export const catalogueColumns: Columns = {
  inv_items: ['id', 'sku', 'name', 'status', 'categoryId', 'taxId'],
  inv_categories: ['id', 'name'],
  inv_values: ['id', 'itemId', 'label', 'values', 'created_at'],
  inv_image_gallery: ['id', 'itemId', 'img_path', 'type'],
  cnf_taxes: ['id', 'name', 'percentage'],
}

/** And what its copies have put into stores. */
export const storeColumns: Columns = {
  tat_items: ['id', 'company_id', 'item_father_id', 'sku', 'name', 'cost', 'price', 'status'],
  tat_categories: ['id', 'company_id', 'name'],
}

/** Read where they are there. */
const furtherTables = ['vnt_companies', 'vnt_warehouses', 'vnt_contacts', 'users', 'tenants']

/** A database of the original application, whose tables may lack what some of its versions had not yet. Reads only. */
export class OriginalTables {
  readonly label: string
  readonly #database: ReadOnlyDatabase
  readonly #tables: Tables

  private constructor(database: ReadOnlyDatabase, tables: Tables) {
    this.label = database.label
    this.#database = database
    this.#tables = tables
  }

  /** Throws `TablesMissingError` when one of the needed columns is not there. */
  static async read(database: ReadOnlyDatabase, needed: Columns): Promise<OriginalTables> {
    const names = new Set([...Object.keys(catalogueColumns), ...Object.keys(storeColumns), ...furtherTables])
    const original = new OriginalTables(database, await readTables(database, [...names]))
    const missing = original.#missing(needed)
    if (missing.length > 0) throw new TablesMissingError(database.label, missing)
    return original
  }

  has(table: string, ...columns: readonly string[]): boolean {
    const found = this.#tables.get(table)
    return found !== undefined && columns.every((column) => found.columns.has(column))
  }

  query(sql: string, parameters: readonly (string | number)[] = []): Promise<readonly Row[]> {
    return this.#database.query(sql, parameters)
  }

  /** Quotes what has capitals or is a word of the language. */
  name(identifier: string): string {
    return this.#database.kind === 'mysql' ? `\`${identifier}\`` : `"${identifier}"`
  }

  /** `alias.column`, or null in all rows where the table has no such column. */
  column(table: string, alias: string, column: string): string {
    return this.has(table, column) ? `${alias}.${this.name(column)}` : 'null'
  }

  /** The same for a moment, as text that sorts as the moments do. */
  moment(table: string, alias: string, column: string): string {
    const type = this.#database.kind === 'mysql' ? 'char' : 'varchar(32)'
    return `cast(${this.column(table, alias, column)} as ${type})`
  }

  #missing(needed: Columns): readonly string[] {
    return Object.entries(needed).flatMap(([table, columns]) => {
      if (!this.#tables.has(table)) return [table]
      return columns.filter((column) => !this.has(table, column)).map((column) => `${table}.${column}`)
    })
  }
}

export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

export function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}

export class TablesMissingError extends ApplicationError {
  readonly code = 'ORIGINAL_TABLES_MISSING'

  constructor(label: string, missing: readonly string[]) {
    const names = missing.slice(0, maxShown).join(', ') + (missing.length > maxShown ? ' …' : '')
    super({
      es: `En ${label} falta ${names}: no hay qué comparar. Dé la base de datos de la aplicación Laravel que tiene el catálogo (inv_items) y, si las tiendas (tat_items) están en otra, esa en --store-database.`,
      en: `${label} lacks ${names}: there is nothing to compare. Give the database of the Laravel application that has the catalogue (inv_items) and, if the stores (tat_items) are in another one, that in --store-database.`,
    })
  }
}

const maxShown = 8
