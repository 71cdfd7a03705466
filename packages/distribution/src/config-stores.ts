import { InvalidSettingError, oneOf } from './config-values.ts'

/** Where new stores go, and who uses their databases. */
export interface StoresConfig {
  readonly layout: 'own' | 'shared'
  readonly users: 'own' | 'shared'
}

const choices = ['own', 'shared'] as const

/** `STORES_LAYOUT` and `STORES_USERS`. Throws `InvalidSettingError`, also when a user of its own could be kept to nothing. */
export function readStores(environment: NodeJS.ProcessEnv): StoresConfig {
  const setting = (name: string, fallback: string) => environment[name]?.trim() || fallback
  const layout = oneOf('STORES_LAYOUT', setting('STORES_LAYOUT', 'own'), choices)
  const users = oneOf('STORES_USERS', setting('STORES_USERS', 'shared'), choices)
  if (users === 'own') checkOwnUsers(layout, setting('DB_CONNECTION', 'sqlite'), setting('APP_KEY', ''))
  return { layout, users }
}

function checkOwnUsers(layout: StoresConfig['layout'], connection: string, key: string): void {
  if (connection === 'sqlite') throw new InvalidSettingError('STORES_USERS', 'own', withoutUsers)
  if (layout === 'shared') throw new InvalidSettingError('STORES_USERS', 'own', withOneDatabase)
  if (key === '') throw new InvalidSettingError('STORES_USERS', 'own', withoutKey)
}

const withoutUsers = {
  es: 'shared, porque SQLite no tiene usuarios',
  en: 'shared, because SQLite has no users',
}

const withOneDatabase = {
  es: 'shared mientras STORES_LAYOUT=shared, porque el usuario de una tienda vería las demás',
  en: "shared as long as STORES_LAYOUT=shared, because one store's user would see the others",
}

const withoutKey = {
  es: 'shared mientras APP_KEY esté vacío, porque con esa clave se guardan las contraseñas',
  en: 'shared as long as APP_KEY is empty, because passwords are stored with that key',
}
