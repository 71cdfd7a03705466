import type { Kysely } from 'kysely'
import type { DatabaseAddress } from '../database/open-database.ts'
import type { StoreTables } from '../database/store-tables.ts'

/** Where the registry (`tenants`) says that a store's database is, and as whom it is used. */
export interface StorePlace {
  /** Null: the database that stores share. */
  readonly name: string | null
  /** Null: the server of the central database. */
  readonly host: string | null
  readonly port: number | null
  /** Null: the user of the central database. */
  readonly user: string | null
  /** Sealed: see `CredentialSeal`. In clear as long as the original application may read it, which wrote it. */
  readonly password: string | null
  /** Of a store of the original application: in the central database, or in one of its own. */
  readonly layout: 'central' | 'own' | null
}

/** True where the database has other stores too. */
export function isShared({ name, layout }: StorePlace): boolean {
  return name === null || layout === 'central'
}

/** What a query on `tenants` selects for a place. */
export const placeColumns = [
  'db_name as name',
  'db_host as host',
  'db_port as port',
  'db_user as user',
  'db_password as password',
  'original_layout as layout',
] as const

/** A place whose name has been found and checked. */
export interface StoreAddress {
  readonly name: string
  readonly host: string | null
  readonly port: number | null
}

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** CONTRACT: a kind of database that stores can have: files, databases of MariaDB or MySQL, schemas of PostgreSQL. */
export interface StoreHosting {
  /** As the user of the central database, who may make tables. */
  addressOf(store: StoreAddress): DatabaseAddress
  /** What the database is called in messages. */
  labelOf(store: StoreAddress): string
  /** Asked of the database itself, opened and not used yet: asking another connection would cost as much as opening. */
  exists(store: StoreAddress, opened: Kysely<StoreTables>): Promise<boolean>
  /** Makes the database, empty, where it is missing; several may do so at once. None is ever dropped. */
  make(store: StoreAddress): Promise<void>
  /** Undefined where databases have no users. */
  readonly users?: StoreUsers
}

/** CONTRACT: users who can do nothing but read and write the rows of one store. */
export interface StoreUsers {
  /** Makes the user, or gives the one that is there this password. Throws `StoreUserRefusedError`. */
  make(store: StoreAddress, credentials: Credentials): Promise<void>
}

/** On the server of the central database, or beside its file, with the same user. */
export function here(name: string): StorePlace {
  return { name, host: null, port: null, user: null, password: null, layout: null }
}
