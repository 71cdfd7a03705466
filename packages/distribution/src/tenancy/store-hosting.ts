import type { DatabaseAddress } from '../database/open-database.ts'

/** Where the registry (`tenants`) says that a store's database is. */
export interface StorePlace {
  readonly name: string
  /** Null: the server of the central database. */
  readonly host: string | null
  readonly port: number | null
}

/** CONTRACT: a kind of database that stores can have: files, databases of MariaDB or MySQL, schemas of PostgreSQL. */
export interface StoreHosting {
  addressOf(place: StorePlace): DatabaseAddress
  /** What the database is called in messages. */
  labelOf(place: StorePlace): string
  exists(place: StorePlace): Promise<boolean>
  /** Makes the database, empty, where it is missing. None is ever dropped. */
  make(place: StorePlace): Promise<void>
}

/** On the server of the central database, or beside its file. */
export function here(name: string): StorePlace {
  return { name, host: null, port: null }
}
