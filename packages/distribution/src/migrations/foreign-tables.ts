import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { ApplicationError } from '../errors.ts'
import { type ColumnsByTable, columnsByTable, ownColumns } from './own-columns.ts'
import { readRecordedMigrations } from './recorded-migrations.ts'

/**
 * Refuses a database in which another application has tables under names of ours, to be asked before the first migration:
 * MySQL would leave them as they are and stop at the first key that refers to one, with half of our tables made. A table of
 * ours that an attempt which was cut short has left has all its columns, and is no hindrance.
 */
export async function refuseForeignTables<Tables>(
  db: Kysely<Tables>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<void> {
  const [first] = Object.keys(migrations)
  if (first === undefined || (await readRecordedMigrations(db)).has(first)) return
  const found = await columnsByTable(db)
  if (found.size === 0) return
  const missing = missingColumns(found, await ownColumns(migrations))
  if (missing.length > 0) throw new ForeignTablesError(missing)
}

function missingColumns(found: ColumnsByTable, own: ColumnsByTable): readonly string[] {
  return [...own].flatMap(([table, columns]) => {
    const there = found.get(table)
    return there === undefined ? [] : [...columns].filter((name) => !there.has(name)).map((name) => `${table}.${name}`)
  })
}

export class ForeignTablesError extends ApplicationError {
  readonly code = 'FOREIGN_TABLES'
  /** As `table.column`. */
  readonly missing: readonly string[]

  constructor(missing: readonly string[]) {
    const tables = new Set(missing.map((name) => name.split('.')[0]))
    const names = missing.slice(0, maxShown).join(', ') + (missing.length > maxShown ? ' …' : '')
    super({
      es: `La base de datos tiene ${tables.size} tablas de otra aplicación con nombres que Surtidor usa, y les faltan ${missing.length} columnas: ${names}. No se tocó nada. Dé a Surtidor una base de datos propia y vacía en DB_DATABASE; esta se mira con laravel:inspect, se compara con laravel:parity y se repara con laravel:repair.`,
      en: `The database has ${tables.size} tables of another application under names that Surtidor uses, and they lack ${missing.length} columns: ${names}. Nothing was touched. Give Surtidor an empty database of its own in DB_DATABASE; this one is looked at with laravel:inspect, compared with laravel:parity and mended with laravel:repair.`,
    })
    this.missing = missing
  }
}

const maxShown = 8
