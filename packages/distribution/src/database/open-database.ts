import { type Dialect, Kysely, type KyselyConfig, type Logger } from 'kysely'
import { nodeSqliteDialect } from './node-sqlite-dialect.ts'

/** A server, and who we are there. */
export interface ServerAddress {
  readonly driver: 'mysql' | 'postgres'
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/** A database of ours: a file, a database of a server, or one of its schemas. */
export type DatabaseAddress =
  | { readonly driver: 'sqlite'; readonly path: string }
  | (ServerAddress & { readonly database: string; readonly schema?: string | undefined })

export interface OpenOptions {
  /** On a server; default 4. */
  readonly connections?: number
  /** Seconds that a statement may take on a server. Default 30. */
  readonly deadlineSeconds?: number
  /** Called once, when the database has been closed. */
  readonly onClose?: (() => void) | undefined
  /** Sees every statement. */
  readonly log?: Logger | undefined
}

/** Opens a database; connects when it is first used. Sessions are in UTC and read what is committed. */
export async function openDatabase<Tables>(
  address: DatabaseAddress,
  { log, onClose, connections = 4, deadlineSeconds = 30 }: OpenOptions = {},
): Promise<Kysely<Tables>> {
  const dialect = await dialectFor(address, { connections, deadlineSeconds })
  const config = { dialect, ...(log && { log }) }
  return onClose ? new WatchedKysely<Tables>(config, onClose) : new Kysely<Tables>(config)
}

/** Tells when it is closed, however often it is. */
class WatchedKysely<Tables> extends Kysely<Tables> {
  #onClose: (() => void) | undefined

  constructor(config: KyselyConfig, onClose: () => void) {
    super(config)
    this.#onClose = onClose
  }

  override async destroy(): Promise<void> {
    try {
      await super.destroy()
    } finally {
      this.#onClose?.()
      this.#onClose = undefined
    }
  }
}

/** Who works on files need not wait until the clients of servers are loaded. */
async function dialectFor(address: DatabaseAddress, limits: ServerLimits): Promise<Dialect> {
  if (address.driver === 'sqlite') return nodeSqliteDialect(address.path)
  if (address.driver === 'mysql') return (await import('./mysql-dialect.ts')).mysqlDialect(address, limits)
  return (await import('./postgres-dialect.ts')).postgresDialect(address, limits)
}

/** How much of a server, and for how long. */
export interface ServerLimits {
  readonly connections: number
  readonly deadlineSeconds: number
}

export type AddressOnServer = Exclude<DatabaseAddress, { driver: 'sqlite' }>
