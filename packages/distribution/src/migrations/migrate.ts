import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { dialectOf } from '../database/dialect.ts'
import { ensureRevisionTriggers } from '../sync/revision/ensure-triggers.ts'
import { type AdoptionOptions, prepareCentralAdoption } from './adoption/adopt-central.ts'
import { keepStorePrices, prepareStoreAdoption } from './adoption/adopt-store.ts'
import { withRights } from './adoption/adoption-errors.ts'
import { classifyTenants } from './adoption/classify-tenants.ts'
import { plannedTables } from './adoption/planned-tables.ts'
import { centralTables } from './central/0001-central-tables.ts'
import { fixedRows } from './central/0002-fixed-rows.ts'
import { registration } from './central/0003-registration.ts'
import { tenancyColumns } from './central/0004-tenancy.ts'
import { sync } from './central/0005-sync.ts'
import { notificationDelivery } from './central/0006-notification-delivery.ts'
import { activeItemsIndex } from './central/0007-active-items-index.ts'
import { catalogueRevisions } from './central/0008-catalogue-revisions.ts'
import { automaticPublication } from './central/0009-automatic-publication.ts'
import { messageConsent } from './central/0010-message-consent.ts'
import { originalLayout } from './central/0011-original-layout.ts'
import { refuseForeignTables } from './foreign-tables.ts'
import { centralRecord, findStoreRecord, type MigrationRecord, readStoreMigrations } from './recorded-migrations.ts'
import { currentStoreSchema, type StoreSchema } from './store-schema.ts'

/** In the order of their names; a migration is never edited after a release. */
const centralMigrations: Record<string, Migration> = {
  '0001-central-tables': centralTables,
  '0002-fixed-rows': fixedRows,
  '0003-registration': registration,
  '0004-tenancy': tenancyColumns,
  '0005-sync': sync,
  '0006-notification-delivery': notificationDelivery,
  '0007-active-items-index': activeItemsIndex,
  '0008-catalogue-revisions': catalogueRevisions,
  '0009-automatic-publication': automaticPublication,
  '0010-message-consent': messageConsent,
  '0011-original-layout': originalLayout,
}

/**
 * Brings the central database to the current schema; answers the names of the migrations it ran. Triggers that a restored dump
 * or a person has left out come back, where they may be made. One of the original application is taken over where that is
 * asked for. Throws `OriginalDatabaseError`, `AdoptionRefusedError` and, when tables of another application are in the way,
 * `ForeignTablesError`, each before anything is made.
 */
export async function migrateCentral<Tables>(
  db: Kysely<Tables>,
  options: AdoptionOptions = {},
): Promise<readonly string[]> {
  const ran = (await adoptCentral(db, options)) ?? (await migrateOwn(db))
  await ensureRevisionTriggers(db)
  return ran
}

async function migrateOwn<Tables>(db: Kysely<Tables>): Promise<readonly string[]> {
  await refuseForeignTables(db, centralMigrations)
  return migrate(db, centralMigrations)
}

/** Undefined in a database that was ours from the beginning. */
function adoptCentral<Tables>(db: Kysely<Tables>, options: AdoptionOptions): Promise<readonly string[] | undefined> {
  return withRights(async () => {
    const adopted = await adoptionOf(db, options)
    if (!adopted) return undefined
    const ran = await migrate(db.withPlugin(adopted.plugin), centralMigrations)
    await classifyTenants(db, adopted)
    return ran
  })
}

async function adoptionOf<Tables>(db: Kysely<Tables>, options: AdoptionOptions) {
  if (dialectOf(db) !== 'mysql') return undefined
  const [central, stores] = [await plannedTables(centralMigrations), await plannedTables(currentStoreSchema.migrations)]
  return prepareCentralAdoption(db, { central, stores }, options)
}

/**
 * Brings one store's database to the current schema; answers the names of the migrations it ran. Tables of the original
 * application are taken over as they are: who must not touch those asks first (`tenancy/foreign-tables.ts`).
 */
export async function migrateStore<Tables>(
  db: Kysely<Tables>,
  { migrations }: StoreSchema = currentStoreSchema,
): Promise<readonly string[]> {
  const record = await findStoreRecord(db)
  if (dialectOf(db) !== 'mysql') return migrate(db, migrations, record)
  const plugin = await prepareStoreAdoption(db, await plannedTables(migrations))
  if (!plugin) return migrate(db, migrations, record)
  const ran = await migrate(db.withPlugin(plugin), migrations, record)
  await keepStorePrices(db)
  return ran
}

/**
 * True when a store's database has every migration of the schema. Their record is read as it is: Kysely would first ask
 * which tables there are, and an answer to that takes MariaDB ten times as long.
 */
export async function isStoreCurrent<Tables>(
  db: Kysely<Tables>,
  { migrations }: StoreSchema = currentStoreSchema,
): Promise<boolean> {
  const recorded = await readStoreMigrations(db)
  return Object.keys(migrations).every((name) => recorded.has(name))
}

export interface PendingMigrations {
  readonly names: readonly string[]
  /** True when not one migration ever ran. */
  readonly isNew: boolean
}

/** What `migrateCentral` would run. */
export async function pendingCentralMigrations<Tables>(db: Kysely<Tables>): Promise<PendingMigrations> {
  const known = await (await migratorOf(db, centralMigrations, centralRecord)).getMigrations()
  const names = known.filter((migration) => !migration.executedAt).map((migration) => migration.name)
  return { names, isNew: names.length === known.length }
}

/**
 * On SQLite all migrations and Kysely's own tables come in one transaction: a process that died between two tables would
 * leave a file that no later attempt could complete. PostgreSQL does so by itself. MySQL keeps each table as it is made, and
 * the next attempt makes the others. Of two processes that migrate at once, one waits and finds nothing to do.
 */
async function migrate<Tables>(
  db: Kysely<Tables>,
  migrations: Record<string, Migration>,
  record: MigrationRecord = centralRecord,
): Promise<readonly string[]> {
  if (dialectOf(db) !== 'sqlite') return migrateOn(db, migrations, record)
  return db.transaction().execute((trx) => migrateOn(trx, migrations, record))
}

async function migrateOn<Tables>(
  db: Kysely<Tables>,
  migrations: Record<string, Migration>,
  record: MigrationRecord,
): Promise<readonly string[]> {
  const { error, results } = await (await migratorOf(db, migrations, record)).migrateToLatest()
  if (error) throw error
  return (results ?? []).map((result) => result.migrationName)
}

async function migratorOf<Tables>(
  db: Kysely<Tables>,
  migrations: Record<string, Migration>,
  record: MigrationRecord,
): Promise<Migrator> {
  const schema = await schemaOf(db)
  const provider = { getMigrations: async () => migrations }
  const tables = { migrationTableName: record, migrationLockTableName: `${record}_lock` }
  return new Migrator({ db, provider, ...tables, ...(schema !== undefined && { migrationTableSchema: schema }) })
}

/** Where tables are made on PostgreSQL; other schemas of the same database have a record of migrations of their own. */
async function schemaOf<Tables>(db: Kysely<Tables>): Promise<string | undefined> {
  if (dialectOf(db) !== 'postgres') return undefined
  const { rows } = await sql<{ schema: string }>`select current_schema() as "schema"`.execute(db)
  return rows[0]?.schema
}
