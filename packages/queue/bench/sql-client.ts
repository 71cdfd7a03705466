import { DatabaseSync } from 'node:sqlite'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { sqliteFile } from './contenders/our-connection.ts'
import { type Place, serverOf } from './place.ts'

/** A plain client, for what the bench itself asks of a database. */
export interface SqlClient extends AsyncDisposable {
  run(sql: string): Promise<void>
  /** The first column of the first row. */
  value(sql: string): Promise<unknown>
}

export async function openSqlClient(place: Place): Promise<SqlClient> {
  if (place.database === 'mariadb') return openMariadb(place)
  if (place.database === 'postgres') return openPostgres(place)
  return openSqlite(place)
}

async function openMariadb(place: Place): Promise<SqlClient> {
  const client = await mysql.createConnection({ ...serverOf(place), rowsAsArray: true })
  return {
    run: async (sql) => {
      await client.query(sql)
    },
    value: async (sql) => {
      const [rows] = await client.query<mysql.RowDataPacket[]>(sql)
      return rows[0]?.[0]
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

async function openPostgres(place: Place): Promise<SqlClient> {
  const client = new pg.Client(serverOf(place))
  await client.connect()
  return {
    run: async (sql) => {
      await client.query(sql)
    },
    value: async (sql) => {
      const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' })
      return rows[0]?.[0]
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

function openSqlite(place: Place): SqlClient {
  const database = new DatabaseSync(sqliteFile(place), { timeout: 10_000 })
  return {
    run: async (sql) => database.exec(sql),
    value: async (sql) => Object.values(database.prepare(sql).get() ?? {})[0],
    [Symbol.asyncDispose]: async () => database.close(),
  }
}
