import { eventually } from '../support/eventually.ts'
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts'
import type { DatabaseSettings } from '../support/private-queues.ts'
import { type PrivateServer, privateMariadb, privatePostgres } from '../support/private-servers.ts'
import type { ServerAddress } from '../support/servers.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import { familyOf, signalTo } from './harness/process-tree.ts'
import type { ScenarioContext } from './harness/scenario.ts'

/** Statements of the operator. */
interface Suffering {
  readonly begin: readonly string[]
  readonly end: readonly string[]
}

/** What a server can be made to suffer. */
export interface Sufferings {
  /** As its service manager stops it. */
  readonly stopSignal: NodeJS.Signals
  /** Refuses writes in every session there is. */
  readonly readOnly: Suffering
  /** The same in new sessions only, after the end of all others. They stay so when it is over, as those to a server that was demoted. */
  readonly readOnlySessions: Suffering
  /** The workers are left with fewer sessions than they want, after the end of all. */
  readonly fewSessions: Suffering
  /** Ends all sessions of the workers. */
  readonly endSessions: string
}

/** A server of our own with a queue, whose workers log in as a user who may do nothing special. */
export interface HurtServer extends AsyncDisposable {
  readonly server: PrivateServer
  readonly sufferings: Sufferings
  /** How workers reach the queue. */
  readonly place: DatabaseSettings
  /** The same through the proxy. */
  readonly proxied: DatabaseSettings
  readonly proxy: FaultProxy
  /** For the application's own client, whose user the operator does not restrict. */
  readonly ownerPlace: DatabaseSettings
  query(sql: string): ReturnType<PrivateServer['query']>
  /** As the operator, until it is answered: there may be no session left for a while. */
  operate(statements: readonly string[]): Promise<void>
  /** All its processes stand still until it goes on. */
  standStill(): void
  goOn(): void
}

interface Kind {
  readonly server: typeof privateMariadb
  /** Statements of the operator, on the server and then in the database. */
  readonly createUser: readonly string[]
  readonly grant: readonly string[]
  readonly sufferings: Sufferings
}

const endMariadbSessions = 'kill connection user worker'
const endPostgresSessions = `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'worker'`

const worker = { user: 'worker', password: 'worker' }

const kinds: Readonly<Record<string, Kind>> = {
  mariadb: {
    server: privateMariadb,
    // The server takes connections from this machine for those of another name.
    createUser: ['%', 'localhost'].flatMap((host) => [
      `create user worker@'${host}' identified by 'worker'`,
      `grant all on queue.* to worker@'${host}'`,
    ]),
    grant: [],
    sufferings: {
      stopSignal: 'SIGTERM',
      readOnly: { begin: ['set global read_only = 1'], end: ['set global read_only = 0'] },
      readOnlySessions: {
        begin: [`set global init_connect = 'set session transaction read only'`, endMariadbSessions],
        end: [`set global init_connect = ''`],
      },
      // The smallest there is.
      fewSessions: {
        // In one go: in between there would be no session left for the operator.
        begin: [`begin not atomic set global max_connections = 10; ${endMariadbSessions}; end`],
        end: ['set global max_connections = 151'],
      },
      endSessions: endMariadbSessions,
    },
  },
  postgres: {
    server: privatePostgres,
    createUser: [`create role worker login password 'worker'`, 'grant create, connect on database queue to worker'],
    grant: [
      'grant all on schema public to worker',
      'grant all on all tables in schema public to worker',
      'grant all on all sequences in schema public to worker',
    ],
    sufferings: {
      // The one that does not wait for the sessions to end.
      stopSignal: 'SIGINT',
      readOnly: {
        begin: ['alter system set default_transaction_read_only = on', 'select pg_reload_conf()'],
        end: ['alter system reset default_transaction_read_only', 'select pg_reload_conf()'],
      },
      readOnlySessions: {
        begin: ['alter role worker set default_transaction_read_only = on', endPostgresSessions],
        end: ['alter role worker reset default_transaction_read_only'],
      },
      fewSessions: {
        begin: ['alter role worker connection limit 5', endPostgresSessions],
        end: ['alter role worker connection limit -1'],
      },
      endSessions: endPostgresSessions,
    },
  },
}

export async function openHurtServer({ driver, source }: ScenarioContext, retryAfter: number): Promise<HurtServer> {
  const kind = kinds[driver]
  if (!kind?.server) throw new Error(`The programs of ${driver} are not installed here.`)
  const server = await kind.server.launch()
  const ownerPlace = { ...server.address, database: 'queue' }
  await server.query('create database queue')
  for (const sql of kind.createUser) await server.query(sql)
  const { connect } = await loadQueue(source, driver)
  await using connection = connect(ownerPlace, { retryAfter })
  await connection.migrate()
  await server.query(
    'create table effects (uuid varchar(64) not null, attempt int not null, pid int not null)',
    'queue',
  )
  for (const sql of kind.grant) await server.query(sql, 'queue')
  const place = { ...ownerPlace, ...worker }
  const proxy = await faultProxy(server.address)
  return hurtServer({ server, kind, place, ownerPlace, proxy })
}

interface Parts extends Pick<HurtServer, 'server' | 'place' | 'ownerPlace' | 'proxy'> {
  readonly kind: Kind
}

function hurtServer({ server, kind, place, ownerPlace, proxy }: Parts): HurtServer {
  const toAll = (signal: NodeJS.Signals) => {
    for (const pid of familyOf(server.pid)) signalTo(pid, signal)
  }
  return {
    server,
    sufferings: kind.sufferings,
    place,
    ownerPlace,
    proxy,
    proxied: { ...place, ...addressOf(proxy) },
    query: (sql) => server.query(sql, 'queue'),
    operate: async (statements) => {
      for (const sql of statements)
        await eventually(async () => (await server.query(sql).catch(() => undefined)) ?? false, 30)
    },
    standStill: () => toAll('SIGSTOP'),
    goOn: () => toAll('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

function addressOf({ host, port }: FaultProxy): Pick<ServerAddress, 'host' | 'port'> {
  return { host, port }
}
