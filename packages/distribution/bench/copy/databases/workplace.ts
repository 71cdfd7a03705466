import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sql } from 'kysely'
import { type PrivateServer, privateMariadb } from '../../../../queue/test/support/private-servers.ts'
import { mariadbServer, postgresServer, type TestServer } from '../../../../queue/test/support/servers.ts'
import { migrateApplication, openApplication } from '../../../src/app.ts'
import { isRevisionRecorded } from '../../../src/sync/catalogue-revision.ts'
import { recordingOf } from '../../../src/sync/revision/triggers.ts'
import { findDistributor } from '../../../src/tenancy/distributor.ts'
import { analyzeCatalog, fillCatalog } from '../catalog/fill-catalog.ts'
import { createSourceTables, createTargetTables, indexSourceTables } from '../catalog/original-tables.ts'
import type { Catalog } from '../catalog/seeded-product.ts'
import type { Lane, LaneKey } from '../lanes.ts'
import { dialectOf } from './dialect.ts'
import { ourConfig } from './our-config.ts'
import type { Place, ServerPlace, Tables } from './place.ts'
import { interruptible, openServer, openSqlClient } from './sql-client.ts'

/** The databases of one run of the bench, all with names of their own; disposing of it leaves nothing behind. */
export class Workplace implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'surtidor-copy-bench-'))
  readonly #places = new Set<Place>()
  readonly ending: AbortSignal
  #secondServer: PrivateServer | undefined

  constructor(ending: AbortSignal) {
    this.ending = ending
  }

  /** Why a lane cannot be run on this machine; undefined when it can. */
  whyMissing(lane: LaneKey): string | undefined {
    if (lane === 'postgres') return postgresServer ? undefined : 'no PostgreSQL was found'
    if (lane === 'sqlite') return undefined
    if (!mariadbServer) return 'no MariaDB was found'
    return lane === 'mariadb' || privateMariadb ? undefined : 'the programs of MariaDB are not installed'
  }

  /** Starts the second server, as large as the first one. */
  async startSecondServer(): Promise<void> {
    if (!privateMariadb || this.#secondServer) return
    this.#secondServer = await privateMariadb.launch({ options: await settingsOfFirst() })
  }

  /** What decides about speed and durability, as the servers themselves tell it. */
  async describe(): Promise<readonly string[]> {
    const lines: string[] = []
    if (mariadbServer) lines.push(`first server: ${await describeMariadb(addressOf(mariadbServer, 'mariadb'))}`)
    if (this.#secondServer) lines.push(`second server: ${await describeMariadb(this.#second())}`)
    if (postgresServer) lines.push(await describePostgres(addressOf(postgresServer, 'postgres')))
    lines.push('SQLite: WAL, synchronous=full')
    return lines
  }

  /** A distributor's catalogue, in the original's tables or in our central ones. */
  async createSource(kind: Lane['source'], tables: Tables, catalog: Catalog): Promise<Place> {
    const place = await this.#create(kind === 'sqlite' ? undefined : this.#server(kind))
    const tenantId = tables === 'ours' ? await migrateWithoutTriggers(place) : undefined
    const dialect = dialectOf(place)
    await using client = interruptible(await openSqlClient(place), this.ending)
    if (tables === 'original') await createSourceTables(client, dialect)
    await fillCatalog(client, dialect, { ...catalog, ...(tenantId !== undefined && { tenantId }) })
    if (tables === 'original') await indexSourceTables(client)
    else await migrateCentral(place)
    await analyzeCatalog(client, dialect)
    return place
  }

  /** A store's database, with empty tables of the original, or without any: ours are made by the application. */
  async createTarget(lane: LaneKey, tables: Tables): Promise<Place> {
    const place = await this.#create(this.#serverOfTarget(lane))
    if (tables === 'ours') return place
    await using client = await openSqlClient(place)
    await createTargetTables(client, dialectOf(place))
    return place
  }

  async drop(place: Place): Promise<void> {
    this.#places.delete(place)
    if (place.database === 'sqlite') rmSync(dirname(place.file), { recursive: true, force: true })
    else await dropDatabase(place)
  }

  /** Breaks off what runs in the databases, or the end would wait for it. */
  async interrupt(): Promise<void> {
    for (const place of this.#places) {
      if (place.database !== 'sqlite' && !this.#isOnSecond(place)) await endSessions(place)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const place of this.#places) {
      // The second server takes its databases along, and may be gone by the same signal.
      if (!this.#isOnSecond(place)) await this.drop(place).catch((error) => console.error(error))
    }
    await this.#secondServer?.[Symbol.asyncDispose]()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #create(server: Omit<ServerPlace, 'name'> | undefined): Promise<Place> {
    this.ending.throwIfAborted()
    const name = `surtidor_copy_bench_${randomBytes(6).toString('hex')}`
    if (!server) return this.#createFile(name)
    const place: Place = { ...server, name }
    // Noted before it is there, so that it is dropped also when the next line fails half-way.
    this.#places.add(place)
    await using client = await openServer(server)
    const charset = server.database === 'mariadb' ? ' character set utf8mb4 collate utf8mb4_unicode_ci' : ''
    await client.run(`create database ${name}${charset}`)
    return place
  }

  #createFile(name: string): Place {
    const folder = join(this.#folder, name)
    mkdirSync(folder)
    const place: Place = { database: 'sqlite', file: join(folder, 'bench.sqlite') }
    this.#places.add(place)
    return place
  }

  #serverOfTarget(lane: LaneKey): Omit<ServerPlace, 'name'> | undefined {
    if (lane === 'sqlite') return undefined
    return lane === 'two-servers' ? this.#second() : this.#server(lane)
  }

  #server(kind: ServerPlace['database']): Omit<ServerPlace, 'name'> {
    const server = kind === 'mariadb' ? mariadbServer : postgresServer
    if (!server) throw new Error(`There is no ${kind} on this machine.`)
    return addressOf(server, kind)
  }

  #isOnSecond(place: Place): boolean {
    return place.database === 'mariadb' && place.port === this.#secondServer?.address.port
  }

  #second(): Omit<ServerPlace, 'name'> {
    if (!this.#secondServer) throw new Error('The second server was not started.')
    return { database: 'mariadb', ...this.#secondServer.address }
  }
}

function addressOf(server: TestServer, database: ServerPlace['database']): Omit<ServerPlace, 'name'> {
  return { database, ...server.address }
}

const sharedSettings = ['innodb_buffer_pool_size', 'innodb_log_file_size', 'innodb_flush_log_at_trx_commit']

async function settingsOfFirst(): Promise<readonly string[]> {
  if (!mariadbServer) return []
  await using client = await openServer(addressOf(mariadbServer, 'mariadb'))
  const [row = {}] = await client.rows(`select ${sharedSettings.map((name) => `@@${name} as ${name}`).join(', ')}`)
  return sharedSettings.map((name) => `--${name.replaceAll('_', '-')}=${row[name]}`)
}

async function describeMariadb(server: Omit<ServerPlace, 'name'>): Promise<string> {
  await using client = await openServer(server)
  const [row] = await client.rows(
    `select concat('MariaDB ', version(),
      ', innodb_flush_log_at_trx_commit=', @@innodb_flush_log_at_trx_commit,
      ', innodb_buffer_pool_size=', @@innodb_buffer_pool_size div 1048576, 'M',
      ', innodb_log_file_size=', @@innodb_log_file_size div 1048576, 'M',
      ', log_bin=', @@log_bin) as description`,
  )
  return String(row?.description)
}

async function describePostgres(server: Omit<ServerPlace, 'name'>): Promise<string> {
  await using client = await openServer(server)
  const names = ['fsync', 'shared_buffers', 'synchronous_commit', 'max_wal_size']
  const settings = names.map((name) => `', ${name}=' || current_setting('${name}')`)
  const [row] = await client.rows(
    `select 'PostgreSQL ' || current_setting('server_version') || ${settings.join(' || ')} as description`,
  )
  return String(row?.description)
}

/** Answers whose catalogue the database is to hold. */
async function migrateCentral(place: Place): Promise<void> {
  await using app = await openApplication(ourConfig(place))
  await migrateApplication(app)
  if (!(await isRevisionRecorded(app.central))) throw new Error('The triggers of the catalogue were not made.')
}

/** Those that count each row have a million of them take minutes; they are made when the rows are there. */
async function migrateWithoutTriggers(place: Place): Promise<string> {
  await using app = await openApplication(ourConfig(place))
  for (const { name, table } of recordingOf(app.central).triggers) {
    const on = place.database === 'postgres' ? sql` on ${sql.id(table)}` : sql``
    await sql`drop trigger if exists ${sql.id(name)}${on}`.execute(app.central)
  }
  return (await findDistributor(app.central)).id
}

async function dropDatabase(place: ServerPlace): Promise<void> {
  await endSessions(place)
  await using client = await openServer(place)
  await client.run(`drop database if exists ${place.name}`)
}

const sessionEnds = {
  mariadb: (name: string) =>
    `select concat('kill ', id) as statement from information_schema.processlist where db = '${name}'`,
  postgres: (name: string) =>
    `select 'select pg_terminate_backend(' || pid || ')' as statement from pg_stat_activity where datname = '${name}'`,
} as const

async function endSessions(place: ServerPlace): Promise<void> {
  await using client = await openServer(place)
  for (const { statement } of await client.rows(sessionEnds[place.database](place.name))) {
    // It may have ended by itself.
    await client.run(String(statement)).catch(() => undefined)
  }
}
