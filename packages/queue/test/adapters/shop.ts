import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import type { Connection, Transaction } from '../../src/connection.ts'
import { mysql } from '../../src/connections/mysql.ts'
import { postgres } from '../../src/connections/postgres.ts'
import { sqlite } from '../../src/connections/sqlite.ts'
import { mariadbServer, mysqlServer, postgresServer, type TestDatabase, type TestServer } from '../support/servers.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** An application's own client, on a database that has a table of orders and the tables of a queue. */
export interface Client extends AsyncDisposable {
  transact<Result>(work: (inside: Inside) => Promise<Result>): Promise<Result>
}

/** What a test does in a transaction of any client. */
export interface Inside {
  addOrder(id: number): Promise<unknown>
  readonly tx: Transaction
  /** A transaction in the transaction, where the client has them. */
  nest?<Result>(work: (inside: Inside) => Promise<Result>): Promise<Result>
}

/**
 * `single`: all transactions are on one connection, and the adapter keeps them apart. `nests`: a transaction in a
 * transaction. `pool`: each has a connection of its own, and a broken one is replaced. `nameless`: rows come without the names of their columns.
 */
export type Trait = 'single' | 'nests' | 'pool' | 'nameless'

export interface ClientKind<Place> {
  readonly name: string
  readonly traits?: readonly Trait[]
  open(place: Place): Promise<Client>
}

/** A pool of `pg` as an application should have it: a client that breaks is an error of its transaction only. */
export function quietPool(place: ServerPlace): pg.Pool {
  const pool = new pg.Pool({ ...place, max: 2 })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

export type ServerPlace = TestDatabase['settings']

/** A database with its client, and what sees it from elsewhere. */
export interface Shop extends AsyncDisposable {
  readonly client: Client
  /** For a queue on the same database. */
  connect(): Connection
  /** As another connection sees them. */
  orders(): Promise<readonly number[]>
  jobs(): Promise<number>
  run(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** What another process opens the client and the queue with, as JSON. */
  readonly place: string
}

export interface ShopKind {
  readonly name: string
  readonly database: 'sqlite' | 'mysql' | 'postgres'
  readonly traits: readonly Trait[]
  open(): Promise<Shop>
}

export function sqliteShops(clients: readonly ClientKind<string>[]): readonly ShopKind[] {
  return clients.map((kind) => ({
    name: `${kind.name} on sqlite`,
    database: 'sqlite',
    traits: kind.traits ?? [],
    open: () => openOnFile(kind),
  }))
}

export function mysqlShops(clients: readonly ClientKind<ServerPlace>[]): readonly ShopKind[] {
  const connect = (place: ServerPlace) => mysql(place)
  return [mariadbServer, mysqlServer].flatMap((server) => onServer(server, clients, { database: 'mysql', connect }))
}

export function postgresShops(clients: readonly ClientKind<ServerPlace>[]): readonly ShopKind[] {
  return onServer(postgresServer, clients, { database: 'postgres', connect: (place) => postgres(place) })
}

interface ServerQueue {
  readonly database: 'mysql' | 'postgres'
  connect(place: ServerPlace): Connection
}

function onServer(
  server: TestServer | undefined,
  clients: readonly ClientKind<ServerPlace>[],
  { database, connect }: ServerQueue,
): readonly ShopKind[] {
  if (!server) return []
  return clients.map((kind) => ({
    name: `${kind.name} on ${server.name}`,
    database,
    traits: kind.traits ?? [],
    open: async () => {
      const place = await server.createDatabase()
      return openShop({
        place: JSON.stringify(place.settings),
        run: (sql) => place.query(sql),
        connect: () => connect(place.settings),
        openClient: () => kind.open(place.settings),
        close: async () => place[Symbol.asyncDispose](),
      })
    },
  }))
}

async function openOnFile(kind: ClientKind<string>): Promise<Shop> {
  const folder = temporaryFolder()
  const path = join(folder.path, 'shop.sqlite')
  const watcher = new DatabaseSync(path, { timeout: 5_000 })
  return openShop({
    place: JSON.stringify(path),
    run: async (sql) => watcher.prepare(sql).all(),
    connect: () => sqlite(path),
    openClient: () => kind.open(path),
    close: async () => {
      watcher.close()
      folder[Symbol.dispose]()
    },
  })
}

interface Parts extends Pick<Shop, 'run' | 'connect' | 'place'> {
  openClient(): Promise<Client>
  close(): Promise<void>
}

async function openShop({ run, connect, place, openClient, close }: Parts): Promise<Shop> {
  await migrate(connect())
  await run('create table orders (id integer primary key)')
  const client = await openClient()
  return {
    client,
    connect,
    run,
    place,
    orders: async () => (await run('select id from orders order by id')).map(({ id }) => Number(id)),
    jobs: async () => Number((await run('select count(*) as count from jobs'))[0]?.count),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]()
      await close()
    },
  }
}

async function migrate(connection: Connection): Promise<void> {
  await connection.migrate()
  await connection[Symbol.asyncDispose]()
}
