import { randomBytes } from 'node:crypto'
import { DatabaseBusyError, DatabaseUnusableError } from '@surtidor/queue'
import { errorText } from '@surtidor/queue/commands'
import { isDiskFull } from '@surtidor/queue/sqlite'
import type { Kysely, LogEvent } from 'kysely'
import { openDatabase } from '../database/open-database.ts'
import type { StoreTables } from '../database/store-tables.ts'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'
import type { StoreHosting, StorePlace } from './store-hosting.ts'

export type StoreDatabase = Kysely<StoreTables>

/** Opens the databases of stores where the registry (`tenants`) says they are; never by a name from outside. */
export class StoreDatabases {
  readonly #hosting: StoreHosting
  readonly #prefix: string
  readonly #log: ((event: LogEvent) => void) | undefined

  constructor(hosting: StoreHosting, { installation = 'surtidor', log }: StoreDatabaseOptions = {}) {
    this.#hosting = hosting
    this.#prefix = prefixOf(installation)
    this.#log = log
  }

  /** A name for a new store's database. Two installations on one server never meet: it has a random part too. */
  newName(companyId: number): string {
    return `${this.#prefix}_${companyId}_${randomBytes(8).toString('hex')}`
  }

  /**
   * A store's database that exists; the caller disposes of it with `await using` or `destroy()`. Throws
   * `MissingStoreDatabaseError`; the first query throws `DatabaseUnusableError` when a file is no database.
   */
  async open(place: StorePlace): Promise<StoreDatabase> {
    checkName(place)
    if (!(await this.#hosting.exists(place))) throw new MissingStoreDatabaseError(this.#hosting.labelOf(place))
    return await this.connect(place)
  }

  /** Like `open`, but makes the database when it is missing: for whoever brings it to its schema. */
  async create(place: StorePlace): Promise<StoreDatabase> {
    checkName(place)
    await this.#hosting.make(place)
    return await this.connect(place)
  }

  protected connect(place: StorePlace): Promise<StoreDatabase> {
    // One for the page that is written, one for what looks on meanwhile.
    return openDatabase<StoreTables>(this.#hosting.addressOf(place), { connections: 2, log: this.#log })
  }
}

function checkName({ name }: StorePlace): void {
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) throw new InvalidDatabaseNameError(name)
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
