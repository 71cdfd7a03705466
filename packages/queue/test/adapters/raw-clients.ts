import { DatabaseSync } from 'node:sqlite'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { transact as transactMysql2 } from '../../src/adapters/mysql2.ts'
import { transact as transactSqlite } from '../../src/adapters/node-sqlite.ts'
import { transact as transactPg } from '../../src/adapters/pg.ts'
import type { Client, ClientKind, ServerPlace } from './shop.ts'

export const nodeSqlite: ClientKind<string> = {
  name: 'node:sqlite',
  traits: ['single'],
  open: async (path) => {
    const db = new DatabaseSync(path)
    return {
      transact: (work) =>
        transactSqlite(db, (trx, tx) =>
          work({ tx, addOrder: async (id) => trx.prepare('insert into orders values (?)').run(id) }),
        ),
      [Symbol.asyncDispose]: async () => db.close(),
    }
  },
}

export const mysql2Pool: ClientKind<ServerPlace> = {
  name: 'a pool of mysql2',
  traits: ['pool'],
  open: async (place) => onMysql2(mysql.createPool({ ...place, connectionLimit: 2 })),
}

export const mysql2Connection: ClientKind<ServerPlace> = {
  name: 'a connection of mysql2',
  traits: ['single'],
  open: async (place) => onMysql2(await mysql.createConnection({ ...place })),
}

export const pgPool: ClientKind<ServerPlace> = {
  name: 'a pool of pg',
  traits: ['pool'],
  open: async (place) => {
    const pool = new pg.Pool({ ...place, max: 2 })
    pool.on('error', () => undefined)
    return onPg(pool)
  },
}

export const pgClient: ClientKind<ServerPlace> = {
  name: 'a client of pg',
  traits: ['single'],
  open: async (place) => {
    const client = new pg.Client({ ...place })
    await client.connect()
    return onPg(client)
  },
}

function onMysql2(db: mysql.Pool | mysql.Connection): Client {
  return {
    transact: (work) =>
      transactMysql2(db, (trx, tx) => work({ tx, addOrder: (id) => trx.query('insert into orders values (?)', [id]) })),
    [Symbol.asyncDispose]: () => db.end(),
  }
}

function onPg(db: pg.Pool | pg.Client): Client {
  return {
    transact: (work) =>
      transactPg(db, (trx, tx) => work({ tx, addOrder: (id) => trx.query('insert into orders values ($1)', [id]) })),
    [Symbol.asyncDispose]: () => db.end(),
  }
}
