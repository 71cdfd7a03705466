import { ApplicationError } from '../errors.ts'
import { hasOriginalItems } from '../migrations/adoption/adopt-store.ts'
import type { StoreDatabase } from './store-databases.ts'
import type { StorePlace } from './store-hosting.ts'

const ours = new Set([
  'cnf_taxes',
  'tat_categories',
  'tat_items',
  'copy_receipts',
  'copy_outcomes',
  'tat_restock_list',
  'kysely_migration',
  'kysely_migration_lock',
])

/**
 * Refuses a database that has tables and was not made by us; to be asked before a store's first migration. The record of
 * migrations is the first table that we make, so one that was left half made is known by it. That of a store of the original
 * application is taken over, when the registry says that it is one.
 */
export async function refuseForeign(db: StoreDatabase, label: string, layout: StorePlace['layout']): Promise<void> {
  if (layout === 'own' && (await hasOriginalItems(db))) return
  const tables = (await db.introspection.getTables({ withInternalKyselyTables: true })).map(({ name }) => name)
  if (tables.length === 0 || (await isOurs(db, tables))) return
  throw new ForeignStoreDatabaseError(label, tables)
}

/** A store that was ready once, and is not marked so, may have tables that somebody has added. */
async function isOurs(db: StoreDatabase, tables: readonly string[]): Promise<boolean> {
  if (!tables.includes('kysely_migration')) return false
  if (tables.every((name) => ours.has(name))) return true
  const first = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .where('name', '=', '0001-store-tables')
    .executeTakeFirst()
  return first !== undefined
}

export class ForeignStoreDatabaseError extends ApplicationError {
  readonly code = 'FOREIGN_STORE_DATABASE'

  constructor(label: string, tables: readonly string[]) {
    const names = tables.slice(0, maxShown).join(', ') + (tables.length > maxShown ? ' …' : '')
    super({
      es: `La base de datos ${label} existía antes y no es de una tienda: tiene las tablas ${names}. No se tocó nada. Ponga en tenants.db_name un nombre que no exista todavía.`,
      en: `The database ${label} was there before and is no store's: it has the tables ${names}. Nothing was touched. Give tenants.db_name a name that does not exist yet.`,
    })
  }
}

const maxShown = 5
