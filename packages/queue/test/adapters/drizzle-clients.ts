import { DatabaseSync } from 'node:sqlite'
import { int as mysqlInteger, mysqlTable } from 'drizzle-orm/mysql-core'
import { drizzle as drizzleMysql, type MySql2Database } from 'drizzle-orm/mysql2'
import { drizzle as drizzlePostgres, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { pgTable, integer as postgresInteger } from 'drizzle-orm/pg-core'
import { integer as sqliteInteger, sqliteTable } from 'drizzle-orm/sqlite-core'
import { drizzle as drizzleSqlite } from 'drizzle-orm/sqlite-proxy'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { transact as transactMysql } from '../../src/adapters/drizzle-mysql.ts'
import { transact as transactPostgres } from '../../src/adapters/drizzle-postgres.ts'
import { transact as transactSqlite } from '../../src/adapters/drizzle-sqlite.ts'
import { type Client, type ClientKind, quietPool, type ServerPlace } from './shop.ts'

const sqliteOrders = sqliteTable('orders', { id: sqliteInteger() })
const mysqlOrders = mysqlTable('orders', { id: mysqlInteger() })
const postgresOrders = pgTable('orders', { id: postgresInteger() })

const name = 'Drizzle'

export const drizzleSqliteProxy: ClientKind<string> = {
  name,
  traits: ['single', 'nameless'],
  open: async (path) => {
    const database = new DatabaseSync(path)
    const db = drizzleSqlite(async (sql, parameters, method) => {
      const statement = database.prepare(sql)
      if (method === 'run') statement.run(...parameters)
      return { rows: method === 'run' ? [] : statement.all(...parameters).map((row) => Object.values(row)) }
    })
    return {
      transact: (work) =>
        transactSqlite(db, (trx, tx) => work({ tx, addOrder: (id) => trx.insert(sqliteOrders).values({ id }) })),
      [Symbol.asyncDispose]: async () => database.close(),
    }
  },
}

export const drizzleMysqlPool: ClientKind<ServerPlace> = {
  name,
  traits: ['nests', 'pool'],
  open: async (place) => {
    const pool = mysql.createPool({ ...place, connectionLimit: 2 })
    return onMysql(drizzleMysql(pool), pool)
  },
}

export const drizzleMysqlConnection: ClientKind<ServerPlace> = {
  name: 'Drizzle with one connection',
  traits: ['single', 'nests'],
  open: async (place) => {
    const connection = await mysql.createConnection({ ...place })
    return onMysql(drizzleMysql(connection), connection)
  },
}

export const drizzlePostgresPool: ClientKind<ServerPlace> = {
  name,
  traits: ['nests', 'pool'],
  open: async (place) => {
    const pool = quietPool(place)
    return onPostgres(drizzlePostgres(pool), pool)
  },
}

export const drizzlePostgresClient: ClientKind<ServerPlace> = {
  name: 'Drizzle with one client',
  traits: ['single', 'nests'],
  open: async (place) => {
    const client = new pg.Client({ ...place })
    await client.connect()
    return onPostgres(drizzlePostgres(client), client)
  },
}

interface Closable {
  end(): Promise<void>
}

function onMysql(db: MySql2Database, connection: Closable): Client {
  const transactIn = (
    parent: Parameters<typeof transactMysql<Record<string, never>, unknown>>[0],
  ): Client['transact'] => {
    return (work) =>
      transactMysql(parent, (trx, tx) =>
        work({ tx, addOrder: (id) => trx.insert(mysqlOrders).values({ id }), nest: transactIn(trx) }),
      )
  }
  return { transact: transactIn(db), [Symbol.asyncDispose]: () => connection.end() }
}

function onPostgres(db: NodePgDatabase, connection: Closable): Client {
  const transactIn = (
    parent: Parameters<typeof transactPostgres<Record<string, never>, unknown>>[0],
  ): Client['transact'] => {
    return (work) =>
      transactPostgres(parent, (trx, tx) =>
        work({ tx, addOrder: (id) => trx.insert(postgresOrders).values({ id }), nest: transactIn(trx) }),
      )
  }
  return { transact: transactIn(db), [Symbol.asyncDispose]: () => connection.end() }
}
