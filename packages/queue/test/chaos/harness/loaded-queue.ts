import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { Connection, Transaction } from '../../../src/index.ts'
import type { DatabaseSettings } from '../../support/private-queues.ts'
import type { DriverName } from './scenario.ts'

/** The path of a SQLite file, or a database of a server. */
export type Place = string | DatabaseSettings

/** The queue of some `src`: ours, or a copy of it in which a guard is missing. */
export interface LoadedQueue {
  readonly index: typeof import('../../../src/index.ts')
  readonly commands: typeof import('../../../src/commands/index.ts')
  /** Seconds; the deadline of a statement is a server's. */
  connect(place: Place, options: { readonly retryAfter: number; readonly deadline?: number }): Connection
  /** The application's own client of the same database. */
  openClient(place: Place): Client
}

export interface Client extends AsyncDisposable {
  transact<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>
}

export async function loadQueue(source: string, driver: DriverName): Promise<LoadedQueue> {
  const load = (file: string) => import(pathToFileURL(join(source, file)).href)
  return { index: await load('index.ts'), commands: await load('commands/index.ts'), ...(await loaders[driver](load)) }
}

type Load = (file: string) => Promise<unknown>
type Part = Pick<LoadedQueue, 'connect' | 'openClient'>

const loaders: Readonly<Record<DriverName, (load: Load) => Promise<Part>>> = {
  sqlite: async (load) => {
    const { sqlite } = (await load('connections/sqlite.ts')) as typeof import('../../../src/connections/sqlite.ts')
    const { transact } = (await load(
      'adapters/node-sqlite.ts',
    )) as typeof import('../../../src/adapters/node-sqlite.ts')
    return {
      connect: (place, options) => sqlite(fileOf(place), options),
      openClient: (place) => {
        const database = new DatabaseSync(fileOf(place), { timeout: 5_000 })
        return {
          transact: (work) => transact(database, (_trx, tx) => work(tx)),
          [Symbol.asyncDispose]: async () => database.close(),
        }
      },
    }
  },
  mariadb: async (load) => {
    const { default: client } = await import('mysql2/promise')
    const connections = (await load('connections/mysql.ts')) as typeof import('../../../src/connections/mysql.ts')
    const { transact } = (await load('adapters/mysql2.ts')) as typeof import('../../../src/adapters/mysql2.ts')
    return {
      connect: (place, options) => connections.mysql(databaseOf(place), options),
      openClient: (place) => {
        const pool = client.createPool({ ...databaseOf(place), connectionLimit: 4 })
        return {
          transact: (work) => transact(pool, (_trx, tx) => work(tx)),
          [Symbol.asyncDispose]: () => pool.end(),
        }
      },
    }
  },
  postgres: async (load) => {
    const { default: pg } = await import('pg')
    const { postgres } = (await load(
      'connections/postgres.ts',
    )) as typeof import('../../../src/connections/postgres.ts')
    const { transact } = (await load('adapters/pg.ts')) as typeof import('../../../src/adapters/pg.ts')
    return {
      connect: (place, options) => postgres(databaseOf(place), options),
      openClient: (place) => {
        const pool = new pg.Pool({ ...databaseOf(place), max: 4 })
        pool.on('error', () => undefined)
        return {
          transact: (work) => transact(pool, (_trx, tx) => work(tx)),
          [Symbol.asyncDispose]: () => pool.end(),
        }
      },
    }
  },
}

function fileOf(place: Place): string {
  if (typeof place === 'string') return place
  throw new TypeError('This is a database of a server, not a file.')
}

function databaseOf(place: Place): DatabaseSettings {
  if (typeof place !== 'string') return place
  throw new TypeError('This is a file, not a database of a server.')
}
