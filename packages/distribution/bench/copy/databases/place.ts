/** A database of one server, or a file. */
export type Place = ServerPlace | FilePlace

export interface ServerPlace {
  readonly database: 'mariadb' | 'postgres'
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly name: string
  /** On PostgreSQL, where it is not the usual one. */
  readonly schema?: string
}

export interface FilePlace {
  readonly database: 'sqlite'
  readonly file: string
}

/** Whose tables a database has: the original application's, or those of our own migrations. */
export type Tables = 'original' | 'ours'

/** From where to where a catalogue is copied, and for which store. */
export interface Databases {
  readonly source: Place
  readonly target: Place
  readonly companyId: number
}

/** Of a place that must be on a server. */
export function serverOf(place: Place): ServerPlace {
  if (place.database === 'sqlite') throw new Error('This contender needs a server.')
  return place
}

/** Of a place that must be a file. */
export function fileOf(place: Place): string {
  if (place.database !== 'sqlite') throw new Error('This contender needs a file.')
  return place.file
}
