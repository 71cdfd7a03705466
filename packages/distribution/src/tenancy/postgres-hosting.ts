import { type Kysely, sql } from 'kysely'
import type { ServerAddress } from '../database/open-database.ts'
import type { StoreTables } from '../database/store-tables.ts'
import { scramVerifier } from './scram-verifier.ts'
import { runAlone } from './server-connection.ts'
import { elsewhere, labelFor } from './server-place.ts'
import type { Credentials, StoreAddress, StoreHosting } from './store-hosting.ts'
import { StoreUserRefusedError } from './store-user-refused-error.ts'

/** A schema of PostgreSQL for each store, in the database of this name on any of several servers. */
export function postgresHosting(server: ServerAddress & { readonly database: string }): StoreHosting {
  const at = (store: StoreAddress) => ({ ...server, ...elsewhere(store) })
  return {
    addressOf: (store) => ({ ...at(store), schema: store.name }),
    labelOf: labelFor(server),
    exists: (store, opened) => isCurrentSchema(opened, store),
    make: (store) => untilMade(() => runAlone(at(store), [`create schema if not exists "${store.name}"`])),
    users: {
      make: (store, credentials) =>
        untilMade(() => runAlone(at(store), userStatements(store, credentials))).catch((error: unknown) => {
          throw new StoreUserRefusedError(store.name, error)
        }),
    },
  }
}

/** A schema that is missing, or that this user may not use, is skipped in the search path. */
async function isCurrentSchema(db: Kysely<StoreTables>, { name }: StoreAddress): Promise<boolean> {
  const { rows } = await sql<{ name: string | null }>`select current_schema() as name`.execute(db)
  return rows[0]?.name === name
}

const mostTries = 5
/** Of a unique key of the catalogue, of a row that two change at once, of an object that has just been made. */
const crossed: readonly unknown[] = ['23505', 'XX000', '42P06', '42710']

/** `if not exists` does not help two who make the same at the same moment: one of them is refused, and sees it then. */
async function untilMade(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (tries >= mostTries || !crossed.includes(Object(error).code)) throw error
    }
  }
}

/** Later tables of the schema are granted as they are made, by the user who makes them now. */
function userStatements({ name }: StoreAddress, { user, password }: Credentials): readonly string[] {
  const rows = 'select, insert, update, delete'
  return [
    `do $$ begin
       if not exists (select 1 from pg_roles where rolname = '${user}') then create role "${user}"; end if;
     end $$`,
    `alter role "${user}" login nosuperuser nocreatedb nocreaterole password '${scramVerifier(password)}'`,
    `grant usage on schema "${name}" to "${user}"`,
    `grant ${rows} on all tables in schema "${name}" to "${user}"`,
    `alter default privileges in schema "${name}" grant ${rows} on tables to "${user}"`,
  ]
}
