import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { type Config, readConfig } from '../../../src/config.ts'
import type { Place } from './place.ts'

/** The application's settings, with its central database at the place and the files of stores in the folder. */
export function ourConfig(
  central: Place,
  folder = central.database === 'sqlite' ? dirname(central.file) : tmpdir(),
): Config {
  return readConfig({ LOG_LEVEL: 'error', ...databaseSettings(central) }, folder)
}

function databaseSettings(place: Place): Readonly<Record<string, string>> {
  if (place.database === 'sqlite') return { DB_DATABASE: place.file }
  return {
    DB_CONNECTION: place.database === 'mariadb' ? 'mariadb' : 'pgsql',
    DB_HOST: place.host,
    DB_PORT: String(place.port),
    DB_DATABASE: place.name,
    DB_USERNAME: place.user,
    DB_PASSWORD: place.password,
  }
}
