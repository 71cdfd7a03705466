import { type Kysely, type RawBuilder, sql } from 'kysely'
import { dialectOf, type SqlDialect } from '../database/dialect.ts'

/** Where a database keeps which migrations it has. */
export type MigrationRecord = 'kysely_migration' | 'kysely_store_migration'

export const centralRecord: MigrationRecord = 'kysely_migration'

/**
 * Where the migrations of a store are recorded: beside those of the central database, where stores of the original application
 * have their products, each needs a record of its own.
 */
export async function findStoreRecord<Tables>(db: Kysely<Tables>): Promise<MigrationRecord> {
  if (dialectOf(db) !== 'mysql') return centralRecord
  return (await isCentral(db)) ? storeRecord : centralRecord
}

/** True of the database that has the distributors and their catalogues. */
export async function isCentral<Tables>(db: Kysely<Tables>): Promise<boolean> {
  return isOfCentral(await readRecordedMigrations(db))
}

/** The names of a store's migrations that its database says it has. */
export async function readStoreMigrations<Tables>(db: Kysely<Tables>): Promise<ReadonlySet<string>> {
  const names = await readRecordedMigrations(db)
  return dialectOf(db) === 'mysql' && isOfCentral(names) ? await readRecordedMigrations(db, storeRecord) : names
}

const storeRecord: MigrationRecord = 'kysely_store_migration'

function isOfCentral(names: ReadonlySet<string>): boolean {
  return names.has('0001-central-tables')
}

/**
 * The names of the migrations that a database says it has; none without a record of them. Kysely's migrator would tell too,
 * and read all columns of the database first: 12 ms on MariaDB, at the beginning of each copy.
 */
export async function readRecordedMigrations<Tables>(
  db: Kysely<Tables>,
  record: MigrationRecord = centralRecord,
): Promise<ReadonlySet<string>> {
  const { rows: found } = await sql`${recordTable[dialectOf(db)](record)}`.execute(db)
  if (found.length === 0) return new Set()
  const { rows } = await sql<{ readonly name: string }>`select name from ${sql.table(record)}`.execute(db)
  return new Set(rows.map(({ name }) => name))
}

const recordTable: Readonly<Record<SqlDialect, (record: MigrationRecord) => RawBuilder<unknown>>> = {
  sqlite: (record) => sql`select 1 from sqlite_schema where name = ${record}`,
  mysql: (record) => sql`
    select 1
    from information_schema.tables
    where table_schema = database() and table_name = ${record}`,
  postgres: (record) => sql`
    select 1
    from pg_class
    where relname = ${record}
      and relnamespace = (select oid from pg_namespace where nspname = current_schema())`,
}
