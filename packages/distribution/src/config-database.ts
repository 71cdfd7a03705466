import { isAbsolute, join } from 'node:path'
import { InvalidSettingError, oneOf, wholeNumber } from './config-values.ts'
import type { DatabaseAddress } from './database/open-database.ts'

const drivers = ['sqlite', 'mysql', 'mariadb', 'pgsql'] as const

/** The central database, by Laravel's settings `DB_CONNECTION`, `DB_HOST` and so on. Throws `InvalidSettingError`. */
export function readDatabase(environment: NodeJS.ProcessEnv, basePath: string): DatabaseAddress {
  const setting = (name: string, fallback: string) => environment[name]?.trim() || fallback
  const driver = oneOf('DB_CONNECTION', setting('DB_CONNECTION', 'sqlite'), drivers)
  if (driver === 'sqlite') return { driver, path: filePath(setting('DB_DATABASE', ''), basePath) }
  const isPostgres = driver === 'pgsql'
  return {
    driver: isPostgres ? 'postgres' : 'mysql',
    host: matching('DB_HOST', setting('DB_HOST', '127.0.0.1'), /^[^\s\p{C}/@]{1,253}$/u),
    port: wholeNumber('DB_PORT', setting('DB_PORT', isPostgres ? '5432' : '3306'), [1, 65_535]),
    database: matching('DB_DATABASE', setting('DB_DATABASE', 'surtidor'), /^[\w$-]{1,63}$/),
    user: matching('DB_USERNAME', setting('DB_USERNAME', isPostgres ? 'postgres' : 'root'), /^[^\p{C}]{1,80}$/u),
    // A password may begin or end with a space.
    password: environment.DB_PASSWORD ?? '',
  }
}

function filePath(path: string, basePath: string): string {
  if (path === '') return join(basePath, 'storage/database/surtidor.sqlite')
  return isAbsolute(path) ? path : join(basePath, path)
}

function matching(name: string, value: string, pattern: RegExp): string {
  if (pattern.test(value)) return value
  throw new InvalidSettingError(name, value, String(pattern))
}
