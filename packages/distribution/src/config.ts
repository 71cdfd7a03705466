import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { ApplicationError } from './errors.ts'
import type { Locale } from './i18n/locale.ts'

/** The settings of this installation: Laravel's names in `.env`, and the variables of the process before them. */
export interface Config {
  readonly basePath: string
  readonly locale: Locale
  readonly databasePath: string
  readonly tenantsFolder: string
  readonly logFile: string
  readonly logLevel: (typeof logLevels)[number]
  readonly queueConnection: 'database' | 'sync'
  readonly queueName: string
  readonly retryAfterSeconds: number
  readonly port: number
}

const logLevels = ['debug', 'info', 'warning', 'error'] as const
const root = resolve(import.meta.dirname, '../../..')

/** Reads `.env`, which the first start writes from `.env.example`; throws `InvalidSettingError`. */
export function loadConfig(): Config {
  const basePath = resolve(process.env.APP_BASE_PATH ?? root)
  const envFile = join(basePath, '.env')
  if (!existsSync(envFile)) writeEnvFile(envFile)
  process.loadEnvFile(envFile)
  return readConfig(process.env, basePath)
}

/** Where commands speak before the settings could be read. */
export function localeOf(environment: NodeJS.ProcessEnv): Locale {
  return environment.APP_LOCALE?.startsWith('en') ? 'en' : 'es'
}

export function readConfig(environment: NodeJS.ProcessEnv, basePath: string): Config {
  const setting = (name: string, fallback: string) => environment[name]?.trim() || fallback
  oneOf('DB_CONNECTION', setting('DB_CONNECTION', 'sqlite'), ['sqlite'])
  const storage = join(basePath, 'storage')
  const databasePath = setting('DB_DATABASE', join(storage, 'database/surtidor.sqlite'))
  return {
    basePath,
    locale: localeOf(environment),
    databasePath: isAbsolute(databasePath) ? databasePath : join(basePath, databasePath),
    tenantsFolder: join(storage, 'tenants'),
    logFile: join(storage, 'logs/surtidor.log'),
    logLevel: oneOf('LOG_LEVEL', setting('LOG_LEVEL', 'info'), logLevels),
    queueConnection: oneOf('QUEUE_CONNECTION', setting('QUEUE_CONNECTION', 'database'), ['database', 'sync'] as const),
    queueName: setting('DB_QUEUE', 'default'),
    retryAfterSeconds: wholeNumber('DB_QUEUE_RETRY_AFTER', setting('DB_QUEUE_RETRY_AFTER', '90'), [1, 86_400]),
    port: wholeNumber('PORT', setting('PORT', setting('APP_PORT', '3000')), [1, 65_535]),
  }
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

function oneOf<Value extends string>(name: string, value: string, allowed: readonly Value[]): Value {
  const found = allowed.find((each) => each === value)
  if (found === undefined) throw new InvalidSettingError(name, value, allowed.join(', '))
  return found
}

function wholeNumber(name: string, value: string, [min, max]: readonly [number, number]): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
  if (!(number >= min && number <= max)) throw new InvalidSettingError(name, value, `${min}–${max}`)
  return number
}

export class InvalidSettingError extends ApplicationError {
  readonly code = 'INVALID_SETTING'

  constructor(name: string, value: string, allowed: string) {
    super({
      es: `${name}=${value} no sirve; valores permitidos: ${allowed}. Corríjalo en .env.`,
      en: `${name}=${value} cannot be used; allowed: ${allowed}. Correct it in .env.`,
    })
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
