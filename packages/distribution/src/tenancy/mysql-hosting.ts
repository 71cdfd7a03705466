import { type Kysely, sql } from 'kysely'
import type { ServerAddress } from '../database/open-database.ts'
import type { StoreTables } from '../database/store-tables.ts'
import { runAlone } from './server-connection.ts'
import { elsewhere, labelFor } from './server-place.ts'
import type { Credentials, StoreAddress, StoreHosting } from './store-hosting.ts'
import { StoreUserRefusedError } from './store-user-refused-error.ts'

/** A database of MariaDB or MySQL for each store, on any of several servers with the same users. */
export function mysqlHosting(server: ServerAddress): StoreHosting {
  const at = (store: StoreAddress) => ({ ...server, ...elsewhere(store) })
  const withoutDatabase = (store: StoreAddress) => ({ ...at(store), database: '' })
  return {
    addressOf: (store) => ({ ...at(store), database: store.name }),
    labelOf: labelFor(server),
    exists: (_store, opened) => canConnect(opened),
    make: (store) => runAlone(withoutDatabase(store), [createDatabase(store)]),
    users: {
      make: (store, credentials) =>
        runAlone(withoutDatabase(store), userStatements(store, credentials)).catch((error: unknown) => {
          throw new StoreUserRefusedError(store.name, error)
        }),
    },
  }
}

/** The name has been checked against a pattern: it needs no escape. */
function createDatabase({ name }: StoreAddress): string {
  return `create database if not exists \`${name}\` character set utf8mb4 collate utf8mb4_bin`
}

async function canConnect(db: Kysely<StoreTables>): Promise<boolean> {
  try {
    await sql`select 1`.execute(db)
    return true
  } catch (error) {
    if (Object(error).code === 'ER_BAD_DB_ERROR') return false
    throw error
  }
}

/** In a grant `_` stands for any letter: without the backslash the user would get the databases of others too. */
function userStatements({ name }: StoreAddress, { user, password }: Credentials): readonly string[] {
  const account = `'${user}'@'%'`
  return [
    `create user if not exists ${account} identified by '${password}'`,
    `alter user ${account} identified by '${password}'`,
    `grant select, insert, update, delete on \`${name.replaceAll('_', '\\_')}\`.* to ${account}`,
  ]
}
