import { CompiledQuery, type Kysely } from 'kysely'
import { type DatabaseAddress, openDatabase, type ServerAddress } from '../database/open-database.ts'
import type { StoreHosting, StorePlace } from './store-hosting.ts'

/** A database of MariaDB or MySQL for each store, on any of several servers with the same users. */
export function mysqlHosting(server: ServerAddress): StoreHosting {
  const at = (place: StorePlace) => ({ ...server, ...elsewhere(place) })
  return {
    addressOf: (place) => ({ ...at(place), database: place.name }),
    labelOf: labelFor(server),
    exists: (place) =>
      has({ ...at(place), database: '' }, 'select 1 from information_schema.schemata where schema_name = ?', place),
    make: (place) =>
      run(
        { ...at(place), database: '' },
        `create database if not exists \`${place.name}\` character set utf8mb4 collate utf8mb4_bin`,
      ),
  }
}

/** A schema of PostgreSQL for each store, in the database of this name on any of several servers. */
export function postgresHosting(server: ServerAddress & { readonly database: string }): StoreHosting {
  const at = (place: StorePlace) => ({ ...server, ...elsewhere(place) })
  return {
    addressOf: (place) => ({ ...at(place), schema: place.name }),
    labelOf: labelFor(server),
    exists: (place) => has(at(place), 'select 1 from pg_namespace where nspname = $1', place),
    make: (place) => run(at(place), `create schema if not exists "${place.name}"`),
  }
}

function elsewhere({ host, port }: StorePlace): Partial<Pick<ServerAddress, 'host' | 'port'>> {
  return { ...(host !== null && { host }), ...(port !== null && { port }) }
}

function labelFor(server: ServerAddress): (place: StorePlace) => string {
  return ({ name, host, port }) => `${name} (${host ?? server.host}:${port ?? server.port})`
}

async function has(address: DatabaseAddress, text: string, { name }: StorePlace): Promise<boolean> {
  await using db = await openAlone(address)
  return (await db.executeQuery(CompiledQuery.raw(text, [name]))).rows.length > 0
}

/** The name has been checked against a pattern: it needs no escape. */
async function run(address: DatabaseAddress, text: string): Promise<void> {
  await using db = await openAlone(address)
  await db.executeQuery(CompiledQuery.raw(text))
}

function openAlone(address: DatabaseAddress): Promise<Kysely<unknown>> {
  return openDatabase<unknown>(address, { connections: 1 })
}
