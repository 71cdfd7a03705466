import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, globSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { eventually } from './eventually.ts'
import type { ServerAddress } from './servers.ts'
import { temporaryFolder } from './temporary-folder.ts'

/**
 * Servers for the tests that hurt theirs: each has its own port and data, listens on this machine only, and is gone with
 * its data when the test ends. A kind is undefined where its programs are not installed.
 */
export interface PrivateServerKind {
  readonly name: string
  launch(own?: OwnSettings): Promise<PrivateServer>
}

export interface OwnSettings {
  /** At the end of its command line. */
  readonly options?: readonly string[]
  /** Of its process, beside ours. */
  readonly environment?: Readonly<Record<string, string>>
  /** Of PostgreSQL, which knows the letters of the world by it. Default: `C`. */
  readonly locale?: string
}

export interface PrivateServer extends AsyncDisposable {
  /** Of a user who may do everything. */
  readonly address: ServerAddress
  /** Of the process that was started; the sessions may have processes below it. */
  readonly pid: number
  /** Starts it again, on the same port and data; resolves when it answers. */
  start(): Promise<void>
  /** Resolves when its process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Runs a statement over a connection of its own, so that it works after a restart too. */
  query(sql: string, database?: string): Promise<Rows>
}

type Rows = readonly Readonly<Record<string, unknown>>[]

const mariadbPrograms = { server: '/usr/sbin/mariadbd', install: '/usr/bin/mariadb-install-db' }
const postgresFolder = globSync('/usr/lib/postgresql/*/bin').sort().at(-1)

export const privateMariadb: PrivateServerKind | undefined = Object.values(mariadbPrograms).every(existsSync)
  ? { name: 'a private mariadb', launch: launchMariadb }
  : undefined

export const privatePostgres: PrivateServerKind | undefined = postgresFolder
  ? { name: 'a private postgres', launch: (own) => launchPostgres(postgresFolder, own) }
  : undefined

/** Neither server starts as root. */
const nobody = 65_534
export const unprivileged: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

async function launchMariadb(own: OwnSettings = {}): Promise<PrivateServer> {
  const folder = ownFolder()
  const data = join(folder.path, 'data')
  const address = { host: '127.0.0.1', port: await freePort(), user: 'root', password: '' }
  run(mariadbPrograms.install, ['--no-defaults', `--datadir=${data}`, ...installOptions], folder.path)
  const server = new ServerProcess({
    address,
    folder,
    stopSignal: 'SIGKILL',
    program: mariadbPrograms.server,
    options: [
      '--no-defaults',
      `--datadir=${data}`,
      `--socket=${join(folder.path, 's')}`,
      // A server that starts clears the temporary tables there, whosever they are.
      `--tmpdir=${folder.path}`,
      `--port=${address.port}`,
      '--bind-address=127.0.0.1',
      '--innodb-buffer-pool-size=64M',
      ...(own.options ?? []),
    ],
    environment: own.environment,
    query: (sql, database) => queryMysql({ ...address, database: database ?? 'mysql' }, sql),
  })
  await server.start()
  return server
}

const installOptions = ['--auth-root-authentication-method=normal', '--skip-test-db']

async function launchPostgres(programs: string, own: OwnSettings = {}): Promise<PrivateServer> {
  const folder = ownFolder()
  const data = join(folder.path, 'data')
  const password = randomBytes(9).toString('hex')
  const address = { host: '127.0.0.1', port: await freePort(), user: 'postgres', password }
  const passwordFile = join(folder.path, 'password')
  writeFileSync(passwordFile, password)
  run(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', `--locale=${own.locale ?? 'C'}`, ...initdbOptions(passwordFile)],
    folder.path,
  )
  const settings = [`port=${address.port}`, `unix_socket_directories=${folder.path}`, ...postgresSettings]
  const server = new ServerProcess({
    address,
    folder,
    // Unlike SIGKILL it takes the sessions' processes along.
    stopSignal: 'SIGQUIT',
    program: join(programs, 'postgres'),
    options: ['-D', data, ...settings.flatMap((setting) => ['-c', setting]), ...(own.options ?? [])],
    environment: own.environment,
    query: (sql, database) => queryPostgres({ ...address, database: database ?? 'postgres' }, sql),
  })
  await server.start()
  return server
}

const initdbOptions = (passwordFile: string) => [
  '--no-sync',
  '--encoding=UTF8',
  '--auth=scram-sha-256',
  `--pwfile=${passwordFile}`,
]
const postgresSettings = ['listen_addresses=127.0.0.1', 'shared_buffers=32MB', 'max_connections=60']

interface ServerProcessOptions {
  readonly address: ServerAddress
  readonly folder: ReturnType<typeof temporaryFolder>
  readonly stopSignal: NodeJS.Signals
  readonly program: string
  readonly options: readonly string[]
  readonly environment: OwnSettings['environment']
  readonly query: PrivateServer['query']
}

class ServerProcess implements PrivateServer {
  readonly address: ServerAddress
  readonly query: PrivateServer['query']
  readonly #options: ServerProcessOptions
  readonly #killAtExit = () => void this.#child?.kill('SIGKILL')
  #child: ChildProcess | undefined

  constructor(options: ServerProcessOptions) {
    this.#options = options
    this.address = options.address
    this.query = options.query
    process.once('exit', this.#killAtExit)
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('The server was never started.')
    return this.#child.pid
  }

  async start(): Promise<void> {
    await eventually(async () => {
      // After a kill the sessions of the one before may need a moment to notice, and keep the data until then.
      if (!this.#isRunning) this.#spawn()
      return this.query('select 1').catch(() => undefined)
    }, 30)
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (!child || !this.#isRunning) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill(this.#options.stopSignal)
    process.off('exit', this.#killAtExit)
    this.#options.folder[Symbol.dispose]()
  }

  get #isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  #spawn(): void {
    const { program, options, folder, environment } = this.#options
    const env = { ...process.env, ...environment }
    this.#child = spawn(program, options, { cwd: folder.path, stdio: 'ignore', env, ...unprivileged })
  }
}

/** A folder of a user who may start a server. */
export function ownFolder(): ReturnType<typeof temporaryFolder> {
  const folder = temporaryFolder()
  const { uid, gid } = unprivileged
  if (uid !== undefined && gid !== undefined) chownSync(folder.path, uid, gid)
  return folder
}

function run(program: string, options: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(program, options, { cwd, encoding: 'utf8', timeout: 60_000, ...unprivileged })
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  return address.port
}

async function queryMysql(settings: ServerAddress & { readonly database: string }, sql: string): Promise<Rows> {
  const connection = await mysql.createConnection({ ...settings, connectTimeout: 5_000 })
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>(sql)
    return rows
  } finally {
    connection.destroy()
  }
}

async function queryPostgres(settings: ServerAddress & { readonly database: string }, sql: string): Promise<Rows> {
  const client = new pg.Client({ ...settings, connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
