import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { defaultCachePrefix, type LaravelSettings, type LaravelVersion, laravelVersions } from '@surtidor/queue'
import { readDatabase } from './config-database.ts'
import { readStores, type StoresConfig } from './config-stores.ts'
import { InvalidSettingError, oneOf, wholeNumber } from './config-values.ts'
import type { DatabaseAddress } from './database/open-database.ts'
import { ApplicationError } from './errors.ts'
import type { Locale } from './i18n/locale.ts'
import { type NotificationSettings, readNotifications } from './notifications/notification-settings.ts'

/** The settings of this installation: Laravel's names in `.env`, and the variables of the process before them. */
export interface Config {
  readonly basePath: string
  readonly locale: Locale
  /** The central one; stores have theirs beside it. */
  readonly database: DatabaseAddress
  readonly stores: StoresConfig
  readonly tenantsFolder: string
  readonly logFile: string
  /** Where processes that work write down what they hold. */
  readonly recordFolder: string
  readonly logLevel: (typeof logLevels)[number]
  readonly queueConnection: 'database' | 'sync'
  readonly queueName: string
  readonly retryAfterSeconds: number
  /** What becomes of jobs that are not ours. */
  readonly unknownJobs: 'fail' | 'leave'
  readonly port: number
  /** Of the Laravel application whose tables these may be. */
  readonly laravel: LaravelSettings
  readonly notifications: NotificationSettings
}

const logLevels = ['debug', 'info', 'warning', 'error'] as const
const root = resolve(import.meta.dirname, '../../..')

/**
 * Reads `.env`, which the first start writes from `.env.example`; throws `InvalidSettingError`, `UnreadableSettingsError`
 * and `UnwritableSettingsError`.
 */
export function loadConfig(): Config {
  const basePath = resolve(process.env.APP_BASE_PATH ?? root)
  const envFile = join(basePath, '.env')
  if (!existsSync(envFile)) writeEnvFile(envFile)
  loadEnvFile(envFile)
  return readConfig(process.env, basePath)
}

/** Where commands speak before the settings could be read. */
export function localeOf(environment: NodeJS.ProcessEnv): Locale {
  return environment.APP_LOCALE?.startsWith('en') ? 'en' : 'es'
}

export function readConfig(environment: NodeJS.ProcessEnv, basePath: string): Config {
  const setting = (name: string, fallback: string) => environment[name]?.trim() || fallback
  const storage = join(basePath, 'storage')
  const locale = checkLocale(setting('APP_LOCALE', 'es'))
  const port = wholeNumber('PORT', setting('PORT', setting('APP_PORT', '3000')), [1, 65_535])
  return {
    basePath,
    locale,
    database: readDatabase(environment, basePath),
    stores: readStores(environment),
    tenantsFolder: join(storage, 'tenants'),
    logFile: join(storage, 'logs/surtidor.log'),
    recordFolder: join(storage, 'workers'),
    logLevel: oneOf('LOG_LEVEL', setting('LOG_LEVEL', 'info'), logLevels),
    queueConnection: oneOf('QUEUE_CONNECTION', setting('QUEUE_CONNECTION', 'database'), ['database', 'sync'] as const),
    queueName: checkQueueName(setting('DB_QUEUE', 'default')),
    // Leases are counted in whole seconds: one of a single second would be over before it could be renewed.
    retryAfterSeconds: wholeNumber('DB_QUEUE_RETRY_AFTER', setting('DB_QUEUE_RETRY_AFTER', '90'), [2, 86_400]),
    unknownJobs: oneOf('QUEUE_UNKNOWN_JOBS', setting('QUEUE_UNKNOWN_JOBS', 'fail'), ['fail', 'leave'] as const),
    laravel: readLaravel(environment),
    port,
    notifications: readNotifications(environment, { locale, port }),
  }
}

const ciphers = ['AES-128-CBC', 'AES-256-CBC', 'AES-128-GCM', 'AES-256-GCM'] as const

function readLaravel(environment: NodeJS.ProcessEnv): LaravelSettings {
  const setting = (name: string, fallback: string) => environment[name]?.trim() || fallback
  const version = readLaravelVersion(setting('LARAVEL_VERSION', '11'))
  const cachePrefix = setting('CACHE_PREFIX', defaultCachePrefix(version, setting('APP_NAME', 'Laravel')))
  const keys = [setting('APP_KEY', ''), ...setting('APP_PREVIOUS_KEYS', '').split(',')].filter((key) => key !== '')
  const cipher = oneOf('APP_CIPHER', setting('APP_CIPHER', 'AES-256-CBC').toUpperCase(), ciphers)
  const isGcm = cipher.endsWith('GCM')
  return { version, cachePrefix, ...(keys.length > 0 && { keys }), ...(isGcm && { cipherMode: 'gcm' as const }) }
}

function readLaravelVersion(value: string): LaravelVersion {
  const version = laravelVersions.find((each) => String(each) === value)
  if (version === undefined) throw new InvalidSettingError('LARAVEL_VERSION', value, laravelVersions.join(', '))
  return version
}

/** Only the owner may read it, and nobody shares a key: `wx` lets the first of two starts win. */
function writeEnvFile(envFile: string): void {
  const example = readFileSync(join(root, '.env.example'), 'utf8')
  const key = `base64:${randomBytes(32).toString('base64')}`
  try {
    writeFileSync(envFile, example.replace(/^APP_KEY=.*$/m, `APP_KEY=${key}`), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (existsSync(envFile)) return
    throw new UnwritableSettingsError(envFile, { cause: error })
  }
}

/** Anything but a regular file is refused unread: reading a pipe would wait for ever. */
function loadEnvFile(envFile: string): void {
  try {
    if (!statSync(envFile).isFile()) throw new UnreadableSettingsError(envFile)
    process.loadEnvFile(envFile)
  } catch (error) {
    throw error instanceof UnreadableSettingsError ? error : new UnreadableSettingsError(envFile, { cause: error })
  }
}

function checkLocale(value: string): Locale {
  const [, language] = /^(es|en)(?:[_-][A-Za-z]{2})?$/.exec(value) ?? []
  if (language === undefined) throw new InvalidSettingError('APP_LOCALE', value, 'es, en, es_CO, en_US')
  return language === 'en' ? 'en' : 'es'
}

function checkQueueName(value: string): string {
  if (/^[^\p{C},]{1,255}$/u.test(value)) return value
  throw new InvalidSettingError('DB_QUEUE', value, {
    es: 'de 1 a 255 caracteres visibles, sin coma',
    en: '1 to 255 printable characters without a comma',
  })
}

export class UnreadableSettingsError extends ApplicationError {
  readonly code = 'UNREADABLE_SETTINGS'

  constructor(path: string, options?: ErrorOptions) {
    super(
      {
        es: `No se pueden leer los ajustes de ${path}. Debe ser un archivo normal que este usuario pueda leer: corríjalo con chown y chmod 600, o ejecute la orden como su dueño. No lo borre: guarda APP_KEY.`,
        en: `The settings in ${path} cannot be read. It must be a regular file that this user may read: correct that with chown and chmod 600, or run the command as its owner. Do not delete it: it holds APP_KEY.`,
      },
      options,
    )
  }
}

export class UnwritableSettingsError extends ApplicationError {
  readonly code = 'UNWRITABLE_SETTINGS'

  constructor(path: string, options?: ErrorOptions) {
    super(
      {
        es: `No se puede escribir ${path}. Dé permiso de escritura a su carpeta e intente de nuevo.`,
        en: `${path} cannot be written. Allow writing to its folder, then try again.`,
      },
      options,
    )
  }
}
