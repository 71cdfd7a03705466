import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { Connection } from '../../src/index.ts'
import { faultProxy } from '../support/fault-proxy.ts'
import { faultySqlite, sqliteFaults } from '../support/faulty-sqlite.ts'
import { sourceModules } from '../support/source-modules.ts'
import { type Fault, StatementFaults } from '../support/statement-faults.ts'
import { type ChaosDatabase, openChaosDatabase } from './harness/chaos-database.ts'
import { type Client, loadQueue, type Place } from './harness/loaded-queue.ts'
import type { DriverName, ScenarioContext } from './harness/scenario.ts'

/** Statements of which one kind is carried out and its answer lost. */
export type Losable = 'commit' | 'claim' | 'acknowledgement' | 'release' | 'renewal'

/** A queue between which and its database answers get lost, by the network or, where there is none, by the disk. */
export interface LosingQueue extends AsyncDisposable {
  readonly database: ChaosDatabase
  /** Of the queue's source. */
  readonly index: Awaited<ReturnType<typeof loadQueue>>['index']
  connect(): Connection
  /** The application's own, over the same way. */
  readonly client: Client
  /** The next statement of the kind is carried out, and its answer lost. */
  loseAnswerTo(kind: Losable): void
  /** Answers that were lost so far. */
  readonly losses: number
  /** True while the next one is waited for. */
  readonly isLosing: boolean
}

export async function openLosingQueue(context: ScenarioContext, retryAfter: number): Promise<LosingQueue> {
  const database = await openChaosDatabase(context)
  const { index } = await loadQueue(context.source, context.driver)
  const way = await ways[context.driver](context, { place: database.place, retryAfter })
  return {
    ...way,
    database,
    index,
    get losses() {
      return way.losses
    },
    get isLosing() {
      return way.isLosing
    },
    loseAnswerTo: (kind) => way.lose(patterns[context.driver][kind]),
    [Symbol.asyncDispose]: async () => {
      await way.dispose()
      await database[Symbol.asyncDispose]()
    },
  }
}

const update = (set: string) => new RegExp(`update jobs\\s[^=]*set\\s+${set}`)

/** Not one that speaks of `read committed`: the word ends the message, on one database with a zero behind it. */
const commit = /commit\0?$/i

/** One statement does it where the database answers what it changed, elsewhere a transaction. */
const oneStatement: Readonly<Record<Losable, RegExp>> = {
  commit,
  claim: /update jobs[\s\S]*returning id, payload/,
  acknowledgement: /commit\0?$|delete from jobs[\s\S]*returning id/,
  release: update('reserved_at = null, available_at'),
  renewal: /update jobs\s[^=]*set reserved_at = [a-z(][^,]*where/,
}

const patterns: Readonly<Record<DriverName, Readonly<Record<Losable, RegExp>>>> = {
  sqlite: oneStatement,
  postgres: oneStatement,
  mariadb: { ...oneStatement, claim: commit, acknowledgement: commit },
}

interface Way {
  connect(): Connection
  readonly client: Client
  lose(pattern: RegExp): void
  readonly losses: number
  readonly isLosing: boolean
  dispose(): Promise<void>
}

interface WayOptions {
  readonly place: Place
  readonly retryAfter: number
}

const ways: Readonly<Record<DriverName, (context: ScenarioContext, options: WayOptions) => Promise<Way>>> = {
  sqlite: overDisk,
  mariadb: overNetwork,
  postgres: overNetwork,
}

async function overNetwork({ source, driver }: ScenarioContext, { place, retryAfter }: WayOptions): Promise<Way> {
  if (typeof place === 'string') throw new TypeError('A file has no network before it.')
  const loaded = await loadQueue(source, driver)
  const proxy = await faultProxy(place)
  const { host, port } = proxy
  const client = loaded.openClient({ ...place, host, port })
  return {
    client,
    connect: () => loaded.connect({ ...place, host, port }, { retryAfter }),
    lose: (pattern) => proxy.dropReplyTo(pattern),
    get losses() {
      return proxy.dropped
    },
    get isLosing() {
      return proxy.isDropping
    },
    dispose: async () => {
      await client[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    },
  }
}

async function overDisk({ source }: ScenarioContext, { place, retryAfter }: WayOptions): Promise<Way> {
  const path = String(place)
  const modules = await sourceModules(source)
  const adapter: typeof import('../../src/adapters/node-sqlite.ts') = await import(
    pathToFileURL(join(source, 'adapters/node-sqlite.ts')).href
  )
  const statements = new StatementFaults<unknown>()
  const lossy = (database: DatabaseSync) => faultySqlite(database, statements)
  const ofClient = lossy(new DatabaseSync(path, { timeout: 5_000 }))
  const loss = lossOf(ofClient)
  return {
    client: {
      transact: (work) => adapter.transact(ofClient, (_trx, tx) => work(tx)),
      [Symbol.asyncDispose]: async () => ofClient.close(),
    },
    connect: () => {
      const open = (file: string) => lossy(modules.sqliteFile.openSqliteFile(file))
      return new modules.sqlConnection.SqlConnection(modules.sqlite.sqliteDriver(path, { open }), retryAfter)
    },
    lose: (pattern) => statements.arm(loss, 1, pattern),
    get losses() {
      return statements.total
    },
    get isLosing() {
      return statements.isArmed
    },
    dispose: async () => ofClient.close(),
  }
}

function lossOf(database: DatabaseSync): Fault<unknown> {
  const loss = sqliteFaults(database).find(({ name }) => name === 'disk error after')
  if (!loss) throw new Error('There is no fault of the disk after the statement.')
  return loss
}
