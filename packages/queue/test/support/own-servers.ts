import { type PrivateServerKind, privateMariadb, privatePostgres } from './private-servers.ts'
import type { ServerAddress } from './servers.ts'

/**
 * Servers for one run of all tests, which find them by the environment; those it names already are used as they are. Nothing in
 * them has to outlast a machine, so they wait for no disk: that is most of what a new database takes.
 */
export async function launchOwnServers(): Promise<AsyncDisposable> {
  await using launched = new AsyncDisposableStack()
  for (const { variable, protocol, kind, options } of wanted) {
    if (process.env[variable] !== undefined || kind === undefined) continue
    const { address } = launched.use(await kind.launch({ options, locale: 'C.UTF-8' }))
    process.env[variable] = urlOf(protocol, address)
  }
  return launched.move()
}

interface WantedServer {
  readonly variable: string
  readonly protocol: string
  readonly kind: PrivateServerKind | undefined
  readonly options: readonly string[]
}

const postgresSettings = ['fsync=off', 'autovacuum=off', 'max_connections=200', 'shared_buffers=128MB']

const wanted: readonly WantedServer[] = [
  {
    variable: 'TEST_MARIADB_URL',
    protocol: 'mysql',
    kind: privateMariadb,
    options: [
      // As on Debian.
      '--character-set-server=utf8mb4',
      '--collation-server=utf8mb4_general_ci',
      '--innodb-buffer-pool-size=256M',
      '--innodb-flush-log-at-trx-commit=0',
    ],
  },
  {
    variable: 'TEST_POSTGRES_URL',
    protocol: 'postgres',
    kind: privatePostgres,
    options: postgresSettings.flatMap((setting) => ['-c', setting]),
  },
]

function urlOf(protocol: string, { host, port, user, password }: ServerAddress): string {
  return `${protocol}://${user}:${password}@${host}:${port}`
}
