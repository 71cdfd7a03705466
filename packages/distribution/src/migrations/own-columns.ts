import { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { nodeSqliteDialect } from '../database/node-sqlite-dialect.ts'

export type ColumnsByTable = ReadonlyMap<string, ReadonlySet<string>>

export async function columnsByTable<Tables>(db: Kysely<Tables>): Promise<ColumnsByTable> {
  const tables = await db.introspection.getTables()
  return new Map(tables.map(({ name, columns }) => [name, new Set(columns.map((column) => column.name))]))
}

/** Each table as the migration that makes it does; those that later ones add, later ones can add. */
export async function ownColumns(migrations: Readonly<Record<string, Migration>>): Promise<ColumnsByTable> {
  const own = new Map<string, ReadonlySet<string>>()
  await using model = new Kysely<unknown>({ dialect: nodeSqliteDialect(':memory:') })
  const migrator = new Migrator({ db: model, provider: { getMigrations: async () => migrations } })
  for (const name of Object.keys(migrations).toSorted()) {
    const { error } = await migrator.migrateTo(name)
    if (error) throw error
    for (const [table, columns] of await columnsByTable(model)) if (!own.has(table)) own.set(table, columns)
  }
  return own
}
