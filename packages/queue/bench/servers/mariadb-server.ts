import { join } from 'node:path'
import mysql from 'mysql2/promise'
import type { ServerAddress } from '../place.ts'
import { freePort, type PrivateServer, runAsServer, serverFolder, startServer } from './private-server.ts'

const settings = ['--innodb-buffer-pool-size=1G', '--innodb-log-file-size=512M', '--innodb-flush-log-at-trx-commit=1']

/** MariaDB with its durable default: each commit is flushed to the disk. */
export async function startMariadb(parent: string): Promise<PrivateServer> {
  const folder = serverFolder(parent, 'mariadb')
  const data = join(folder, 'data')
  runAsServer('mariadb-install-db', [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ])
  const port = await freePort()
  const server = startServer(
    'mariadbd',
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--socket=${join(folder, 'socket')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-log-bin',
      ...settings,
    ],
    join(parent, 'mariadb.log'),
  )
  const address = { host: '127.0.0.1', port, user: 'root', password: '' }
  const client = await server.whenReady(() => mysql.createConnection(address))
  return {
    database: 'mariadb',
    description: await describe(client),
    createDatabase: async (name): Promise<ServerAddress> => {
      await client.query(`create database ${name} character set utf8mb4`)
      return { ...address, database: name }
    },
    dropDatabase: async (name) => {
      await client.query(`drop database ${name}`)
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy()
      await server.stop('SIGTERM')
    },
  }
}

async function describe(client: mysql.Connection): Promise<string> {
  const [rows] = await client.query<mysql.RowDataPacket[]>(
    `select concat('MariaDB ', version(),
      ', innodb_flush_log_at_trx_commit=', @@innodb_flush_log_at_trx_commit,
      ', innodb_buffer_pool_size=', @@innodb_buffer_pool_size div 1048576, 'M',
      ', innodb_log_file_size=', @@innodb_log_file_size div 1048576, 'M',
      ', innodb_doublewrite=', @@innodb_doublewrite,
      ', log_bin=', @@log_bin) as description`,
  )
  return String(rows[0]?.description)
}
