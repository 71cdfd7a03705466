import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Kysely, type LogEvent } from 'kysely'
import { nodeSqliteDialect } from '../database/node-sqlite-dialect.ts'
import type { StoreTables } from '../database/store-tables.ts'
import { ApplicationError } from '../errors.ts'

export type StoreDatabase = Kysely<StoreTables>

/** Opens the databases of stores by the name that the registry (`tenants.db_name`) holds; never by a name from outside. */
export class StoreDatabases {
  readonly #folder: string
  readonly #log: ((event: LogEvent) => void) | undefined

  constructor(folder: string, log?: (event: LogEvent) => void) {
    this.#folder = folder
    this.#log = log
  }

  /** The caller disposes of it with `await using` or `destroy()`. */
  async open(name: string): Promise<StoreDatabase> {
    if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) throw new InvalidDatabaseNameError(name)
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const dialect = nodeSqliteDialect(join(this.#folder, `${name}.sqlite`))
    return new Kysely<StoreTables>({ dialect, ...(this.#log && { log: this.#log }) })
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
