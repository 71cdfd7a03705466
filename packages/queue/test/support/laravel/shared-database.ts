import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Connection } from '../../../src/connection.ts'
import { sqlite } from '../../../src/connections/sqlite.ts'
import { type ServerKind, serverKinds } from '../connections.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type LaravelConnection, mysqlConnection, sqliteConnection } from './laravel-application.ts'

/** A database with our tables, and how a Laravel application connects to it. */
export interface SharedDatabase extends AsyncDisposable {
  readonly connection: Connection
  readonly laravel: LaravelConnection
  /** Runs a statement beside both. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
}

export const sharedKinds: readonly (readonly [string, () => Promise<SharedDatabase>])[] = [
  ['sqlite', openSqlite],
  ...serverKinds.filter(({ name }) => name === 'mariadb').map((kind) => [kind.name, () => openOn(kind)] as const),
]

async function openSqlite(): Promise<SharedDatabase> {
  const folder = temporaryFolder()
  const path = join(folder.path, 'shared.sqlite')
  const connection = sqlite(path)
  await connection.migrate()
  const beside = new DatabaseSync(path, { timeout: 10_000 })
  const close = async () => {
    await connection[Symbol.asyncDispose]()
    beside.close()
    folder[Symbol.dispose]()
  }
  return {
    connection,
    laravel: sqliteConnection(path),
    query: async (sql) => beside.prepare(sql).all(),
    [Symbol.asyncDispose]: close,
  }
}

async function openOn(kind: ServerKind): Promise<SharedDatabase> {
  const database = await kind.server.createDatabase()
  const connection = kind.connect(database)
  await connection.migrate()
  const close = async () => {
    await connection[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  }
  return {
    connection,
    laravel: mysqlConnection(database),
    query: (sql) => database.query(sql),
    [Symbol.asyncDispose]: close,
  }
}
