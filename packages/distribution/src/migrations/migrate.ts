import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { dialectOf } from '../database/dialect.ts'
import { centralTables } from './central/0001-central-tables.ts'
import { fixedRows } from './central/0002-fixed-rows.ts'
import { registration } from './central/0003-registration.ts'
import { tenancyColumns } from './central/0004-tenancy.ts'
import { sync } from './central/0005-sync.ts'
import { notificationDelivery } from './central/0006-notification-delivery.ts'
import { currentStoreSchema, type StoreSchema } from './store-schema.ts'

/** In the order of their names; a migration is never edited after a release. */
const centralMigrations: Record<string, Migration> = {
  '0001-central-tables': centralTables,
  '0002-fixed-rows': fixedRows,
  '0003-registration': registration,
  '0004-tenancy': tenancyColumns,
  '0005-sync': sync,
  '0006-notification-delivery': notificationDelivery,
}

/** Brings the central database to the current schema; answers the names of the migrations it ran. */
export function migrateCentral<Tables>(db: Kysely<Tables>): Promise<readonly string[]> {
  return migrate(db, centralMigrations)
}

/** Brings one store's database to the current schema; answers the names of the migrations it ran. */
export function migrateStore<Tables>(
  db: Kysely<Tables>,
  { migrations }: StoreSchema = currentStoreSchema,
): Promise<readonly string[]> {
  return migrate(db, migrations)
}

/** True when a store's database has every migration of the schema. */
export async function isStoreCurrent<Tables>(
  db: Kysely<Tables>,
  { migrations }: StoreSchema = currentStoreSchema,
): Promise<boolean> {
  const known = await (await migratorOf(db, migrations)).getMigrations()
  return known.every(({ executedAt }) => executedAt !== undefined)
}

export interface PendingMigrations {
  readonly names: readonly string[]
  /** True when not one migration ever ran. */
  readonly isNew: boolean
}

/** What `migrateCentral` would run. */
export async function pendingCentralMigrations<Tables>(db: Kysely<Tables>): Promise<PendingMigrations> {
  const known = await (await migratorOf(db, centralMigrations)).getMigrations()
  const names = known.filter((migration) => !migration.executedAt).map((migration) => migration.name)
  return { names, isNew: names.length === known.length }
}

/**
 * On SQLite all migrations and Kysely's own tables come in one transaction: a process that died between two tables would
 * leave a file that no later attempt could complete. PostgreSQL does so by itself. MySQL keeps each table as it is made, and
 * the next attempt makes the others. Of two processes that migrate at once, one waits and finds nothing to do.
 */
async function migrate<Tables>(db: Kysely<Tables>, migrations: Record<string, Migration>): Promise<readonly string[]> {
  if (dialectOf(db) !== 'sqlite') return migrateOn(db, migrations)
  return db.transaction().execute((trx) => migrateOn(trx, migrations))
}

async function migrateOn<Tables>(
  db: Kysely<Tables>,
  migrations: Record<string, Migration>,
): Promise<readonly string[]> {
  const { error, results } = await (await migratorOf(db, migrations)).migrateToLatest()
  if (error) throw error
  return (results ?? []).map((result) => result.migrationName)
}

async function migratorOf<Tables>(db: Kysely<Tables>, migrations: Record<string, Migration>): Promise<Migrator> {
  const schema = await schemaOf(db)
  const provider = { getMigrations: async () => migrations }
  return new Migrator({ db, provider, ...(schema !== undefined && { migrationTableSchema: schema }) })
}

/** Where tables are made on PostgreSQL; other schemas of the same database have a record of migrations of their own. */
async function schemaOf<Tables>(db: Kysely<Tables>): Promise<string | undefined> {
  if (dialectOf(db) !== 'postgres') return undefined
  const { rows } = await sql<{ schema: string }>`select current_schema() as "schema"`.execute(db)
  return rows[0]?.schema
}
