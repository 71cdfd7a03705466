import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ReadOnlyDatabase } from '@surtidor/queue'
import { CommandError, UsageError } from '@surtidor/queue/commands'
import type { DatabaseAddress } from '../database/open-database.ts'
import type { Text } from '../i18n/locale.ts'

export interface DatabaseDefaults {
  /** Looked at when no other is named. */
  readonly database: DatabaseAddress
  /** `DB_PASSWORD`: on a command line every user of the machine could read it. */
  readonly password: string
}

/**
 * Opens the database that the argument names to look at it: `mysql://user@host:port/name`, `postgres://…` or the path of a
 * SQLite file. Throws `UsageError`, which shows no password, and `CommandError` when there is no such file.
 */
export async function openInspected(
  argument: string | undefined,
  { database, password }: DatabaseDefaults,
): Promise<ReadOnlyDatabase> {
  if (argument === undefined) return openOwn(database)
  if (argument.trim() === '' || argument.length > maxArgument || /\p{Cc}/u.test(argument)) throw unusableArgument()
  if (argument.includes('://')) return await openServer(argument, password)
  // What is no file may be an address without its beginning, and a sentence about a missing file would show its password.
  if (/:[^/]*@/.test(argument) && !existsSync(argument)) throw unusableArgument()
  return openFile(resolve(argument))
}

function openOwn(database: DatabaseAddress): Promise<ReadOnlyDatabase> {
  if (database.driver === 'sqlite') return openFile(database.path)
  const { driver, ...address } = database
  return driver === 'mysql' ? openMysql(address) : openPostgres(address)
}

const maxArgument = 2_048

const forms = 'mysql://user@host:3306/name, postgres://user@host:5432/name'

function unusableArgument(): UsageError {
  return new UsageError({
    es: `La base de datos no se entiende: dé la ruta de un archivo SQLite, o ${forms}.`,
    en: `The database cannot be understood: give the path of a SQLite file, or ${forms}.`,
  })
}

type Address = ReturnType<typeof addressOf> & { readonly password: string }

async function openMysql(address: Address): Promise<ReadOnlyDatabase> {
  return (await load(() => import('@surtidor/queue/mysql'), 'mysql2')).readOnlyMysql(address)
}

async function openPostgres(address: Address): Promise<ReadOnlyDatabase> {
  return (await load(() => import('@surtidor/queue/postgres'), 'pg')).readOnlyPostgres(address)
}

async function openServer(argument: string, password: string): Promise<ReadOnlyDatabase> {
  refusePassword(argument)
  const url = URL.parse(argument)
  if (url?.search !== '' || url.hash !== '') throw unusableArgument()
  const address = { ...addressOf(url), password }
  switch (url.protocol) {
    case 'mysql:':
    case 'mariadb:':
      return openMysql(address)
    case 'postgres:':
    case 'postgresql:':
    case 'pgsql:':
      return openPostgres(address)
    default:
      throw unknownProtocol(url.protocol)
  }
}

/** Before the address is parsed: one with a password that is no address would be quoted otherwise. */
function refusePassword(argument: string): void {
  const [, user = ''] = /:\/\/([^@]*)@/.exec(argument) ?? []
  if (!user.includes(':') && !/[?&]password=/i.test(argument)) return
  throw new UsageError({
    es: 'La contraseña no va en la dirección, donde otros la pueden leer: póngala en DB_PASSWORD y deje solo user@host.',
    en: 'The password does not belong into the address, where others can read it: put it into DB_PASSWORD and leave user@host.',
  })
}

function addressOf(url: URL) {
  const [user, database] = [url.username, url.pathname.slice(1)].map(decoded)
  if (!user || !database || database.includes('/') || url.hostname === '') throw unusableArgument()
  const port = url.port === '' ? undefined : Number(url.port)
  return { host: url.hostname.replace(/^\[|\]$/g, ''), user, database, ...(port !== undefined && { port }) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unusableArgument()
  }
}

function unknownProtocol(protocol: string): UsageError {
  return new UsageError({
    es: `${protocol}// no es una base de datos que se pueda mirar: use ${forms}, o la ruta de un archivo SQLite.`,
    en: `${protocol}// is no database that can be looked at: use ${forms}, or the path of a SQLite file.`,
  })
}

/** A file only: reading a pipe would wait for ever, and SQLite would make what is missing. */
async function openFile(path: string): Promise<ReadOnlyDatabase> {
  if (!isFile(path)) throw new CommandError(missingFile(path))
  const { readOnlySqlite } = await import('@surtidor/queue/sqlite')
  return readOnlySqlite(path)
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function missingFile(path: string): Text {
  return {
    es: `No hay un archivo que se pueda mirar en ${path}. Revise la ruta, o DB_DATABASE en .env.`,
    en: `There is no file to look at in ${path}. Check the path, or DB_DATABASE in .env.`,
  }
}

/** The clients of servers are installed by those who use them. */
async function load<Module>(importing: () => Promise<Module>, client: string): Promise<Module> {
  try {
    return await importing()
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    const text = {
      es: `Falta el cliente de esa base de datos: ejecute «npm install ${client}».`,
      en: `The client of that database is missing: run "npm install ${client}".`,
    }
    throw new CommandError(text, { cause: error })
  }
}
