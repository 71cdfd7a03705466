import {
  CreateTableNode,
  DummyDriver,
  Kysely,
  type KyselyPlugin,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
} from 'kysely'
import type { Migration } from 'kysely/migration'

/** The tables that migrations make on MySQL, each as it is first made; what later ones add, later ones add. */
export type PlannedTables = ReadonlyMap<string, CreateTableNode>

const known = new WeakMap<Readonly<Record<string, Migration>>, Promise<PlannedTables>>()

/** Has the migrations tell, once, by running them on a database that does nothing. */
export function plannedTables(migrations: Readonly<Record<string, Migration>>): Promise<PlannedTables> {
  const tables = known.get(migrations) ?? listen(migrations)
  known.set(migrations, tables)
  return tables
}

async function listen(migrations: Readonly<Record<string, Migration>>): Promise<PlannedTables> {
  const tables = new Map<string, CreateTableNode>()
  const listener: KyselyPlugin = {
    transformQuery: ({ node }) => {
      if (CreateTableNode.is(node)) {
        const { name } = node.table.table.identifier
        tables.set(name, tables.get(name) ?? node)
      }
      return node
    },
    transformResult: async ({ result }) => result,
  }
  await using db = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new MysqlAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (each) => new MysqlIntrospector(each),
      createQueryCompiler: () => new MysqlQueryCompiler(),
    },
    plugins: [listener],
  })
  for (const [, migration] of Object.entries(migrations).toSorted()) await migration.up(db)
  return tables
}
