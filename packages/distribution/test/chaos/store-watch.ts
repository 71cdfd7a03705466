import { readdirSync, readlinkSync } from 'node:fs'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { CompiledQuery, type Kysely } from 'kysely'
import { openDatabase } from '../../src/database/open-database.ts'
import type { TestBed } from '../support/copy-test-bed.ts'

const everyMs = 10

/** Looks at memory and at connections to stores' databases until it is disposed of, and keeps the worst of both. */
export class StoreWatch implements AsyncDisposable {
  readonly #bed: TestBed
  readonly #ended: Promise<void>
  #isEnding = false
  #connections = 0
  #bytes = 0

  constructor(bed: TestBed) {
    this.#bed = bed
    this.#ended = this.#watch()
  }

  get worst(): { readonly connections: number; readonly megabytes: number } {
    return { connections: this.#connections, megabytes: Math.round(this.#bytes / 1_048_576) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true
    await this.#ended
  }

  async #watch(): Promise<void> {
    await using server = await openDatabase<unknown>(this.#bed.address, { connections: 1 })
    while (!this.#isEnding) {
      await this.#look(server)
      // A file may be open from one turn to the next only: between the timers and what was put off to the end of their turn.
      await nextTurn()
      await this.#look(server)
      await wait(everyMs)
    }
  }

  async #look(server: Kysely<unknown>): Promise<void> {
    this.#connections = Math.max(this.#connections, await this.#countConnections(server))
    this.#bytes = Math.max(this.#bytes, process.memoryUsage.rss())
  }

  async #countConnections(server: Kysely<unknown>): Promise<number> {
    const { address } = this.#bed
    if (address.driver === 'sqlite') return countOpenFiles()
    const query = address.driver === 'mysql' ? byDatabase(address.database) : byName
    const { rows } = await server.executeQuery<{ readonly open: number }>(query)
    return rows[0]?.open ?? 0
  }
}

/** Each store's file once, without its log and index. */
function countOpenFiles(): number {
  return new Set(openFiles().filter((path) => /\/tenants\/[^/]+\.sqlite$/.test(path))).size
}

function openFiles(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((handle) => {
    try {
      return readlinkSync(`/proc/self/fd/${handle}`)
    } catch {
      // It was closed meanwhile.
      return []
    }
  })
}

function byDatabase(central: string): CompiledQuery {
  const text = 'select count(*) as open from information_schema.processlist where db like ?'
  return CompiledQuery.raw(text, [`${central.replaceAll('_', '\\_')}\\_%`])
}

const byName = CompiledQuery.raw(`
  select count(*) as open
  from pg_stat_activity
  where datname = current_database() and application_name like 'surtidor _%'`)
