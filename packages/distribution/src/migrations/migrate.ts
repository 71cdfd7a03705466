import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { centralTables } from './central/0001-central-tables.ts'
import { fixedRows } from './central/0002-fixed-rows.ts'
import { registration } from './central/0003-registration.ts'
import { storeTables } from './store/0001-store-tables.ts'

/** In the order of their names; a migration is never edited after a release. */
const centralMigrations: Record<string, Migration> = {
  '0001-central-tables': centralTables,
  '0002-fixed-rows': fixedRows,
  '0003-registration': registration,
}

const storeMigrations: Record<string, Migration> = {
  '0001-store-tables': storeTables,
}

/** Brings the central database to the current schema; answers the names of the migrations it ran. */
export function migrateCentral<Tables>(db: Kysely<Tables>): Promise<readonly string[]> {
  return migrate(db, centralMigrations)
}

/** Brings one store's database to the current schema; answers the names of the migrations it ran. */
export function migrateStore<Tables>(db: Kysely<Tables>): Promise<readonly string[]> {
  return migrate(db, storeMigrations)
}

export interface PendingMigrations {
  readonly names: readonly string[]
  /** True when not one migration ever ran. */
  readonly isNew: boolean
}

/** What `migrateCentral` would run. */
export async function pendingCentralMigrations<Tables>(db: Kysely<Tables>): Promise<PendingMigrations> {
  const known = await migratorOf(db, centralMigrations).getMigrations()
  const names = known.filter((migration) => !migration.executedAt).map((migration) => migration.name)
  return { names, isNew: names.length === known.length }
}

/**
 * All migrations and Kysely's own tables in one transaction: a process that died between two tables would leave a file
 * that no later attempt could complete. Of two processes that migrate at once, one waits and finds nothing to do.
 */
async function migrate<Tables>(db: Kysely<Tables>, migrations: Record<string, Migration>): Promise<readonly string[]> {
  return db.transaction().execute(async (trx) => {
    const { error, results } = await migratorOf(trx, migrations).migrateToLatest()
    if (error) throw error
    return (results ?? []).map((result) => result.migrationName)
  })
}

function migratorOf<Tables>(db: Kysely<Tables>, migrations: Record<string, Migration>): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => migrations } })
}
