import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseBusyError, DatabaseUnusableError } from '@surtidor/queue'
import { errorText } from '@surtidor/queue/commands'
import { isDiskFull } from '@surtidor/queue/sqlite'
import { Kysely, type LogEvent } from 'kysely'
import { nodeSqliteDialect } from '../database/node-sqlite-dialect.ts'
import type { StoreTables } from '../database/store-tables.ts'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'

export type StoreDatabase = Kysely<StoreTables>

/** Opens the databases of stores by the name that the registry (`tenants.db_name`) holds; never by a name from outside. */
export class StoreDatabases {
  readonly #folder: string
  readonly #prefix: string
  readonly #log: ((event: LogEvent) => void) | undefined

  constructor(folder: string, { installation = 'surtidor', log }: StoreDatabaseOptions = {}) {
    this.#folder = folder
    this.#prefix = prefixOf(installation)
    this.#log = log
  }

  /** A name for a new store's database. Two installations on one server never meet: it has a random part too. */
  newName(companyId: number): string {
    return `${this.#prefix}_${companyId}_${randomBytes(8).toString('hex')}`
  }

  /**
   * A store's database that exists; the caller disposes of it with `await using` or `destroy()`. Throws
   * `MissingStoreDatabaseError`; the first query throws `DatabaseUnusableError` when the file is no database.
   */
  async open(name: string): Promise<StoreDatabase> {
    const path = this.#pathOf(name)
    if (!existsSync(path)) throw new MissingStoreDatabaseError(path)
    return this.#connect(path)
  }

  /** Like `open`, but the first query makes the file when it is missing: for whoever brings it to its schema. */
  async create(name: string): Promise<StoreDatabase> {
    const path = this.#pathOf(name)
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    return this.#connect(path)
  }

  #pathOf(name: string): string {
    if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) throw new InvalidDatabaseNameError(name)
    return join(this.#folder, `${name}.sqlite`)
  }

  #connect(path: string): StoreDatabase {
    return new Kysely<StoreTables>({ dialect: nodeSqliteDialect(path), ...(this.#log && { log: this.#log }) })
  }
}

export interface StoreDatabaseOptions {
  /** Name of the central database, which the names of stores' databases begin with. Default `surtidor`. */
  readonly installation?: string
  /** Sees every statement. */
  readonly log?: (event: LogEvent) => void
}

function prefixOf(installation: string): string {
  const letters = installation.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')
  return letters.replace(/^[^a-z]+/, '').slice(0, 28) || 'surtidor'
}

/** Why a store's database could not be read; undefined when the error is about something else. */
export function storeProblem(error: unknown): Text | undefined {
  if (error instanceof DatabaseUnusableError || error instanceof DatabaseBusyError) return errorText(error)
  if (error instanceof MissingStoreDatabaseError || error instanceof InvalidDatabaseNameError) return error.text
  if (!(error instanceof Error && 'errcode' in error)) return undefined
  if (isDiskFull(error)) return fullDisk
  return {
    es: `SQLite no pudo leer la base de datos de la tienda (${error.message}). Restáurela de una copia de seguridad.`,
    en: `SQLite could not read the store's database (${error.message}). Restore it from a backup.`,
  }
}

const fullDisk: Text = {
  es: 'El disco de la base de datos de la tienda está lleno, o se agotó una cuota. Libere espacio y repita la orden.',
  en: "The disk of the store's database is full, or a quota is used up. Free some room, and repeat the command.",
}

export class MissingStoreDatabaseError extends ApplicationError {
  readonly code = 'MISSING_STORE_DATABASE'

  constructor(path: string) {
    super({
      es: `Falta la base de datos de la tienda: ${path} no existe. Restáurela de una copia de seguridad, o hágala de nuevo con «copy:start TIENDA».`,
      en: `The store's database is missing: ${path} does not exist. Restore it from a backup, or make it anew with "copy:start STORE".`,
    })
  }
}

export class InvalidDatabaseNameError extends ApplicationError {
  readonly code = 'INVALID_DATABASE_NAME'

  constructor(name: string) {
    super({
      es: `El nombre de base de datos «${name}» no es válido: letras minúsculas, dígitos y «_», máximo 64. Corrija tenants.db_name.`,
      en: `The database name "${name}" is not valid: lower-case letters, digits and "_", at most 64. Correct tenants.db_name.`,
    })
  }
}
