import { randomBytes } from 'node:crypto'
import mysql from 'mysql2/promise'
import pg from 'pg'

/**
 * The database servers that tests may use: those of the environment, else the ones a developer has on this machine. Each
 * test makes a database of its own there and drops it.
 */
export interface ServerAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

export interface TestServer {
  readonly name: string
  readonly address: ServerAddress
  createDatabase(): Promise<TestDatabase>
}

export interface TestDatabase extends AsyncDisposable {
  readonly settings: ServerAddress & { readonly database: string }
  /** Runs statements of the test itself, past the queue. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
}

const given = {
  mariadb: process.env.TEST_MARIADB_URL ?? 'mysql://root@127.0.0.1:3306',
  mysql: process.env.TEST_MYSQL_URL,
  postgres: process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432',
}

interface ServerKind {
  /** Each file asks, before its first test: a database to prove it would cost all of them together a minute. */
  readonly greet: (address: ServerAddress) => Promise<unknown>
  readonly create: (address: ServerAddress) => Promise<TestDatabase>
}

const mysqlKind: ServerKind = { greet: greetMysql, create: createMysqlDatabase }
const postgresKind: ServerKind = {
  greet: (address) => onPostgres(address, 'select 1'),
  create: createPostgresDatabase,
}

export const mariadbServer = await reachable('mariadb', given.mariadb, mysqlKind)
export const mysqlServer = await reachable('mysql', given.mysql, mysqlKind)
export const postgresServer = await reachable('postgres', given.postgres, postgresKind)

async function reachable(
  name: string,
  url: string | undefined,
  { greet, create }: ServerKind,
): Promise<TestServer | undefined> {
  if (url === undefined) return undefined
  const address = addressOf(url)
  try {
    await greet(address)
    return { name, address, createDatabase: () => create(address) }
  } catch (error) {
    // Where it must be there, a test file that does not find it must not pass with fewer tests.
    if (process.env.REQUIRE_SERVICES?.split(',').includes(name)) throw error
    return undefined
  }
}

export function addressOf(url: string): ServerAddress {
  const { hostname, port, username, password } = new URL(url)
  return {
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  }
}

async function greetMysql(address: ServerAddress): Promise<void> {
  const connection = await mysql.createConnection({ ...address, connectTimeout: 20_000 })
  await connection.end()
}

export async function createMysqlDatabase(address: ServerAddress): Promise<TestDatabase> {
  const database = randomName()
  const connection = await mysql.createConnection({ ...address, connectTimeout: 20_000 })
  await connection.query(`create database ${database} character set utf8mb4 collate utf8mb4_unicode_ci`)
  await connection.query(`use ${database}`)
  return {
    settings: { ...address, database },
    query: async (sql) => {
      const [rows] = await connection.query<mysql.RowDataPacket[]>(sql)
      return rows
    },
    [Symbol.asyncDispose]: async () => {
      await connection.query(`drop database if exists ${database}`)
      await connection.end()
    },
  }
}

export async function createPostgresDatabase(address: ServerAddress): Promise<TestDatabase> {
  const database = randomName()
  await onPostgres(address, `create database ${database}`)
  const pool = new pg.Pool({ ...address, database, max: 1 })
  pool.on('error', () => undefined)
  return {
    settings: { ...address, database },
    query: async (sql) => (await pool.query(sql)).rows,
    [Symbol.asyncDispose]: async () => {
      await pool.end()
      await onPostgres(address, `drop database if exists ${database} with (force)`)
    },
  }
}

async function onPostgres(address: ServerAddress, sql: string): Promise<void> {
  const client = new pg.Client({ ...address, database: 'postgres', connectionTimeoutMillis: 20_000 })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

function randomName(): string {
  return `surtidor_test_${randomBytes(6).toString('hex')}`
}
