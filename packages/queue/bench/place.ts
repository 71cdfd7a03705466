/** Where a contender keeps its jobs. Redis stands for BullMQ's home; ours are the other three. */
export type Database = 'mariadb' | 'postgres' | 'sqlite' | 'redis'

export interface ServerAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** A home for one run: an empty folder and, where the database is a server, an empty database on it. */
export interface Place {
  readonly database: Database
  readonly folder: string
  readonly server?: ServerAddress
}

/** The address of the server, which every place but SQLite's has. */
export function serverOf(place: Place): ServerAddress {
  if (!place.server) throw new Error(`There is no server for ${place.database}.`)
  return place.server
}

/** The address as PostgreSQL's clients write it. */
export function postgresUrl(place: Place): string {
  const { host, port, user, database } = serverOf(place)
  return `postgres://${user}@${host}:${port}/${database}`
}
