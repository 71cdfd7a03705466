import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database, Place } from '../place.ts'
import { startMariadb } from './mariadb-server.ts'
import { startPostgres } from './postgres-server.ts'
import type { PrivateServer } from './private-server.ts'
import { startRedis } from './redis-server.ts'

const starters = { mariadb: startMariadb, postgres: startPostgres, redis: startRedis }

/** The servers of one run of the bench, and a clean place on them for each child. */
export class Places implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'surtidor-bench-'))
  readonly #servers = new Map<Database, PrivateServer>()
  /** Databases whose server did not start, and why. */
  readonly missing = new Map<Database, string>()
  #made = 0

  constructor() {
    // After an exception or Ctrl+C nobody disposes of us.
    process.on('exit', () => this.#removeFolder())
  }

  async start(databases: readonly Database[]): Promise<void> {
    for (const database of databases) {
      if (database === 'sqlite') continue
      try {
        this.#servers.set(database, await starters[database](this.#folder))
      } catch (error) {
        this.missing.set(database, error instanceof Error ? error.message : String(error))
      }
    }
  }

  descriptions(): readonly string[] {
    return [...this.#servers.values()].map(({ description }) => description)
  }

  /** Lends an empty place for as long as `work` takes. */
  async lend<T>(database: Database, work: (place: Place) => Promise<T>): Promise<T> {
    this.#made += 1
    const name = `bench_${this.#made}`
    const folder = mkdtempSync(join(this.#folder, `${name}-`))
    const server = this.#servers.get(database)
    try {
      const address = await server?.createDatabase(name)
      return await work(address ? { database, folder, server: address } : { database, folder })
    } finally {
      await server?.dropDatabase(name)
      rmSync(folder, { recursive: true, force: true })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.values()) await server[Symbol.asyncDispose]()
    this.#servers.clear()
    this.#removeFolder()
  }

  #removeFolder(): void {
    // A server that was just killed may still be writing.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}
