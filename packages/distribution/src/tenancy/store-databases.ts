import { createHash, randomBytes } from 'node:crypto'
import type { Kysely, Logger } from 'kysely'
import { type DatabaseAddress, openDatabase } from '../database/open-database.ts'
import type { StoreTables } from '../database/store-tables.ts'
import { CredentialSeal } from './credential-seal.ts'
import { OpenSlots } from './open-slots.ts'
import { untilThereIsRoom } from './server-connection.ts'
import { markingErrors, markOfStore } from './store-errors.ts'
import type { Credentials, StoreAddress, StoreHosting, StorePlace } from './store-hosting.ts'
import { InvalidDatabaseNameError, MissingStoreDatabaseError } from './store-problem.ts'

export type StoreDatabase = Kysely<StoreTables>

export interface StoreDatabaseOptions {
  /** Name of the central database, which the names of stores' databases begin with. Default `surtidor`. */
  readonly installation?: string
  /** Where new stores go: each into a database of its own (default), or all into one. Those that are there stay. */
  readonly layout?: StoresLayout
  /** Who uses a store's database: a user that every store has for itself, or that of the central database (default). */
  readonly users?: 'own' | 'shared'
  /** What seals and opens the passwords of such users. */
  readonly seal?: CredentialSeal
  /** Databases that are open at a time, each with one connection. Default 16. */
  readonly mostOpen?: number
  /** Sees every statement. */
  readonly log?: Logger
}

export type StoresLayout = 'own' | 'shared'

/** Opens the databases of stores where the registry (`tenants`) says they are; never by a name from outside. */
export class StoreDatabases {
  /** True when a store that has no user of its own is to get one. */
  readonly hasOwnUsers: boolean
  readonly #hosting: StoreHosting
  readonly #installation: string
  readonly #layout: StoresLayout
  readonly #seal: CredentialSeal
  readonly #slots: OpenSlots
  readonly #log: Logger | undefined

  constructor(hosting: StoreHosting, options: StoreDatabaseOptions = {}) {
    this.#hosting = hosting
    this.#installation = options.installation ?? 'surtidor'
    this.#layout = options.layout ?? 'own'
    this.hasOwnUsers = options.users === 'own'
    this.#seal = options.seal ?? new CredentialSeal([])
    this.#slots = new OpenSlots(options.mostOpen ?? 16)
    this.#log = options.log
  }

  /**
   * A name for a new store's database; null when it goes into the shared one. Two installations on one server never meet:
   * the name has a random part too.
   */
  newName(companyId: number, originalLayout: StorePlace['layout'] = null): string | null {
    // The column of the original application has to be filled.
    if (originalLayout === 'central') return this.#installation
    if (this.#layout === 'shared') return null
    return `${prefixOf(this.#installation)}_${companyId}_${randomBytes(8).toString('hex')}`
  }

  /** For a store that is to have a user of its own, and has none; the password is sealed, as the registry keeps it. */
  newCredentials(companyId: number): Credentials {
    // MySQL's names of users have 32 characters at most.
    const user = `st_${companyId}_${randomBytes(8).toString('hex')}`
    return { user, password: this.#seal.seal(randomBytes(24).toString('base64url'), user) }
  }

  /**
   * A store's database that exists, as its own user when it has one; the caller disposes of it with `await using` or
   * `destroy()`. Throws `MissingStoreDatabaseError`, and `StoresBusyError` when too many stay open for so long; the first
   * query throws `DatabaseUnusableError` when a file is no database.
   */
  open(place: StorePlace, { waitSeconds = 30 } = {}): Promise<StoreDatabase> {
    return markingErrors(() => this.#open(place, waitSeconds))
  }

  async #open(place: StorePlace, waitSeconds: number): Promise<StoreDatabase> {
    const store = this.#locate(place)
    const address = asOwnUser(this.#hosting.addressOf(store), this.#credentialsOf(place))
    const db = await this.#connect(address, waitSeconds)
    try {
      if (await untilThereIsRoom(() => this.#hosting.exists(store, db))) return db
    } catch (error) {
      await db.destroy()
      throw error
    }
    await db.destroy()
    throw new MissingStoreDatabaseError(this.#hosting.labelOf(store))
  }

  /** Makes the database when it is missing, and opens it as the user who may make tables, for who brings it to its schema. */
  create(place: StorePlace): Promise<StoreDatabase> {
    return markingErrors(() => this.#create(place))
  }

  async #create(place: StorePlace): Promise<StoreDatabase> {
    const store = this.#locate(place)
    if (place.layout !== 'central') await this.#hosting.make(store)
    return await this.#connect(this.#hosting.addressOf(store), Number.POSITIVE_INFINITY, migrationSeconds)
  }

  /** Makes the store's own user on the server; safe to run again. Throws `StoreUserRefusedError`. */
  async makeUser(place: StorePlace): Promise<void> {
    // What the original application has made is not ours to change.
    if (place.layout !== null) return
    const credentials = this.#credentialsOf(place)
    if (credentials) await this.#hosting.users?.make(this.#locate(place), credentials)
  }

  /** What the store's database is called in messages. */
  labelOf(place: StorePlace): string {
    return this.#hosting.labelOf(this.#locate(place))
  }

  async #connect(address: DatabaseAddress, waitSeconds: number, deadlineSeconds = 30): Promise<StoreDatabase> {
    const onClose = await this.#slots.take(waitSeconds)
    try {
      return await openDatabase<StoreTables>(address, { connections: 1, deadlineSeconds, log: this.#see, onClose })
    } catch (error) {
      onClose()
      throw error
    }
  }

  /** A statement is over when who sees it says so. */
  readonly #see: Logger = (event) => {
    if (event.level === 'error') markOfStore(event.error)
    return this.#log?.(event)
  }

  #locate({ name, host, port, layout }: StorePlace): StoreAddress {
    if (layout === 'central') return { name: this.#installation, host: null, port: null }
    const found = name ?? sharedName(this.#installation)
    if (!/^[a-z][a-z0-9_]{0,63}$/.test(found)) throw new InvalidDatabaseNameError(found)
    // The original application has ports as text, and leaves empty what is as in its settings.
    return { name: found, host: host || null, port: Number(port) || null }
  }

  #credentialsOf({ user, password, layout }: StorePlace): Credentials | undefined {
    if (!user || layout === 'central') return undefined
    if (layout === 'own' && password !== null && !CredentialSeal.isSealed(password)) return { user, password }
    return { user, password: this.#seal.open(password ?? '', user) }
  }
}

/** A table with many rows may take so long to change. */
export const migrationSeconds = 300

function asOwnUser(address: DatabaseAddress, credentials: Credentials | undefined): DatabaseAddress {
  return address.driver === 'sqlite' ? address : { ...address, ...credentials }
}

function prefixOf(installation: string): string {
  const letters = installation.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')
  return letters.replace(/^[^a-z]+/, '').slice(0, 28) || 'surtidor'
}

/** Where the prefix is not the whole name, two installations may have the same: then a hash tells them apart. */
function sharedName(installation: string): string {
  const prefix = prefixOf(installation)
  if (prefix === installation) return `${prefix}_stores`
  return `${prefix}_${createHash('sha256').update(installation).digest('hex').slice(0, 16)}_stores`
}
