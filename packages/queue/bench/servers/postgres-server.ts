import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { freePort, type PrivateServer, runAsServer, serverFolder, startServer } from './private-server.ts'

const settings = { shared_buffers: '1GB', max_wal_size: '4GB', fsync: 'on', synchronous_commit: 'on' }

/** PostgreSQL with its durable default: each commit is flushed to the disk. */
export async function startPostgres(parent: string): Promise<PrivateServer> {
  const folder = serverFolder(parent, 'postgres')
  const data = join(folder, 'data')
  const programs = programFolder()
  runAsServer(join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'])
  const port = await freePort()
  const server = startServer(
    join(programs, 'postgres'),
    [
      ...['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1'],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    join(parent, 'postgres.log'),
  )
  const address = { host: '127.0.0.1', port, user: 'postgres', password: '' }
  const client = await server.whenReady(() => connect({ ...address, database: 'postgres' }))
  return {
    database: 'postgres',
    description: await describe(client),
    createDatabase: async (name) => {
      await client.query(`create database ${name}`)
      return { ...address, database: name }
    },
    dropDatabase: async (name) => {
      await client.query(`drop database ${name} with (force)`)
    },
    [Symbol.asyncDispose]: async () => {
      await client.end()
      await server.stop('SIGINT')
    },
  }
}

/** Debian keeps the server's programs out of the path, one folder a version; elsewhere they are in the path. */
function programFolder(): string {
  const parent = '/usr/lib/postgresql'
  const versions = existsSync(parent) ? readdirSync(parent).sort((a, b) => Number(b) - Number(a)) : []
  const [newest] = versions
  return newest ? join(parent, newest, 'bin') : ''
}

async function connect(address: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(address)
  await client.connect()
  return client
}

async function describe(client: pg.Client): Promise<string> {
  const names = Object.keys(settings)
  const { rows } = await client.query(
    `select 'PostgreSQL ' || current_setting('server_version') || ', ' ||
      string_agg(name || '=' || current_setting(name), ', ' order by name) as description
    from pg_settings where name = any ($1)`,
    [names],
  )
  return String(rows[0]?.description)
}
