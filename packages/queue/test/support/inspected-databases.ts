import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Connection } from '../../src/connection.ts'
import { mysql, readOnlyMysql } from '../../src/connections/mysql.ts'
import { postgres, readOnlyPostgres } from '../../src/connections/postgres.ts'
import { readOnlySqlite, sqlite } from '../../src/connections/sqlite.ts'
import type { ReadOnlyDatabase } from '../../src/read-only-database.ts'
import { mariadbServer, mysqlServer, postgresServer, type TestServer } from './servers.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A database that a test fills past the queue, and looks at afterwards. */
export interface InspectedDatabase extends AsyncDisposable {
  execute(sql: string): Promise<unknown>
  /** A text as it stands in a statement. */
  literal(text: string): string
  read(): ReadOnlyDatabase
  connect(): Connection
}

export interface InspectedKind {
  readonly name: string
  open(): Promise<InspectedDatabase>
}

export const inspectedKinds: readonly InspectedKind[] = [
  { name: 'sqlite', open: openSqlite },
  ...[mariadbServer, mysqlServer].flatMap((server) => (server ? [mysqlKind(server)] : [])),
  ...(postgresServer ? [postgresKind(postgresServer)] : []),
]

async function openSqlite(): Promise<InspectedDatabase> {
  const folder = temporaryFolder()
  const path = join(folder.path, 'laravel.sqlite')
  const database = new DatabaseSync(path)
  database.exec('vacuum')
  return {
    execute: async (sql) => database.exec(sql),
    literal: (text) => `'${text.replaceAll("'", "''")}'`,
    read: () => readOnlySqlite(path),
    connect: () => sqlite(path),
    [Symbol.asyncDispose]: async () => {
      database.close()
      folder[Symbol.dispose]()
    },
  }
}

function mysqlKind(server: TestServer): InspectedKind {
  return {
    name: server.name,
    open: async () => {
      const database = await server.createDatabase()
      return {
        execute: (sql) => database.query(sql),
        literal: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
        read: () => readOnlyMysql(database.settings),
        connect: () => mysql(database.settings),
        [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
      }
    },
  }
}

function postgresKind(server: TestServer): InspectedKind {
  return {
    name: server.name,
    open: async () => {
      const database = await server.createDatabase()
      return {
        execute: (sql) => database.query(sql),
        literal: (text) => `'${text.replaceAll("'", "''")}'`,
        read: () => readOnlyPostgres(database.settings),
        connect: () => postgres(database.settings),
        [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
      }
    },
  }
}
