import { DatabaseSync } from 'node:sqlite'
import { type Dialect, Kysely, MysqlDialect, PostgresDialect, SqliteDialect } from 'kysely'
import { createPool } from 'mysql2'
import { transact } from '../../src/adapters/kysely.ts'
import { type Client, type ClientKind, quietPool, type ServerPlace } from './shop.ts'

interface Tables {
  orders: { id: number }
}

const name = 'Kysely'

export const kyselySqlite: ClientKind<string> = {
  name,
  open: async (path) => onKysely(new SqliteDialect({ database: betterSqliteLike(path) })),
}

export const kyselyMysql: ClientKind<ServerPlace> = {
  name,
  traits: ['pool'],
  open: async (place) => onKysely(new MysqlDialect({ pool: createPool({ ...place, connectionLimit: 2 }) })),
}

export const kyselyPostgres: ClientKind<ServerPlace> = {
  name,
  traits: ['pool'],
  open: async (place) => onKysely(new PostgresDialect({ pool: quietPool(place) })),
}

function onKysely(dialect: Dialect): Client {
  const db = new Kysely<Tables>({ dialect })
  return {
    transact: (work) =>
      transact(db, (trx, tx) =>
        work({ tx, addOrder: (id) => trx.insertInto('orders').values({ id }).executeTakeFirst() }),
      ),
    [Symbol.asyncDispose]: () => db.destroy(),
  }
}

/** The application's own client, as Kysely's dialect wants it. */
function betterSqliteLike(path: string) {
  const database = new DatabaseSync(path, { timeout: 5_000 })
  return {
    close: () => database.close(),
    prepare: (sql: string) => {
      const statement = database.prepare(sql)
      const values = (parameters: readonly unknown[]) =>
        parameters.map((value) => (typeof value === 'number' ? value : String(value)))
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
        run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
      }
    },
  }
}
