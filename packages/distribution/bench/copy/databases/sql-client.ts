import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { fileOf, type Place, type ServerPlace, serverOf } from './place.ts'

/** A plain client for what the bench itself asks of a database. MariaDB reads its texts as the standard has them. */
export interface SqlClient extends AsyncDisposable {
  run(sql: string): Promise<void>
  rows(sql: string): Promise<readonly Row[]>
}

export type Row = Readonly<Record<string, unknown>>

export async function openSqlClient(place: Place): Promise<SqlClient> {
  if (place.database === 'mariadb') return openMariadb(place)
  if (place.database === 'postgres') return openPostgres(place)
  return openSqlite(fileOf(place))
}

/** A client of the server itself, to make and drop databases. */
export function openServer(place: Omit<ServerPlace, 'name'>): Promise<SqlClient> {
  return openSqlClient({ ...place, name: place.database === 'mariadb' ? 'mysql' : 'postgres' })
}

/** A client that runs no further statement once the signal was given. */
export function interruptible(client: SqlClient, signal: AbortSignal): SqlClient {
  return {
    run: async (sql) => {
      signal.throwIfAborted()
      await client.run(sql)
    },
    rows: async (sql) => client.rows(sql),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

async function openMariadb(place: Place): Promise<SqlClient> {
  const { host, port, user, password, name } = serverOf(place)
  const client = await mysql.createConnection({ host, port, user, password, database: name })
  await client.query(
    `set session sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_TRANS_TABLES', foreign_key_checks = 0, unique_checks = 0`,
  )
  return {
    run: async (sql) => {
      await client.query(sql)
    },
    rows: async (sql) => {
      const [rows] = await client.query<mysql.RowDataPacket[]>(sql)
      return rows
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

async function openPostgres(place: Place): Promise<SqlClient> {
  const { host, port, user, password, name, schema = 'public' } = serverOf(place)
  const options = `-c search_path=${schema}`
  const client = new pg.Client({ host, port, user, password, database: name, options })
  // A database that is dropped by force takes its sessions along.
  client.on('error', () => undefined)
  await client.connect()
  return {
    run: async (sql) => {
      await client.query(sql)
    },
    rows: async (sql) => (await client.query(sql)).rows,
    [Symbol.asyncDispose]: () => client.end(),
  }
}

function openSqlite(file: string): SqlClient {
  const database = new DatabaseSync(file, { timeout: 10_000 })
  return {
    run: async (sql) => {
      // Or a signal would wait for the last statement of all.
      await nextTurn()
      database.exec(sql)
    },
    rows: async (sql) => database.prepare(sql).all(),
    [Symbol.asyncDispose]: async () => database.close(),
  }
}
