import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import type { Watch } from '../connection.ts'
import type { Executor, Signals } from './driver.ts'

/**
 * LISTEN and NOTIFY. Looking at the table stays the truth; a signal only makes it look sooner. One NOTIFY is under way at
 * a time, because each takes a lock that all committing sessions share; those asked for meanwhile become one. A listener
 * sends itself a signal now and then: one that does not arrive tells of a half-open connection or of a pooler that does
 * not pass signals on, and then only looking tells.
 */
export class PostgresSignals implements Signals {
  readonly #open: () => Client
  readonly #executor: Executor
  readonly #waiting = new Set<string>()
  #isSending = false

  constructor(open: () => Client, executor: Executor) {
    this.#open = open
    this.#executor = executor
  }

  send(queue: string): void {
    this.#waiting.add(queue)
    if (!this.#isSending) void this.#sendWaiting()
  }

  listen(queues: readonly string[], onSignal: () => void): Watch {
    return new Listening({ open: this.#open, executor: this.#executor, queues: new Set(queues), onSignal })
  }

  async #sendWaiting(): Promise<void> {
    this.#isSending = true
    try {
      for (const queue of this.#waiting) {
        this.#waiting.delete(queue)
        await notify(this.#executor, `queue:${queue}`)
      }
    } catch {
      // Who listens also looks.
    } finally {
      this.#isSending = false
    }
  }
}

interface ListeningOptions {
  readonly open: () => Client
  readonly executor: Executor
  readonly queues: ReadonlySet<string>
  readonly onSignal: () => void
}

/** One for all queues of a database: the name of a queue may be longer than that of a channel. */
const channel = 'surtidor_jobs'

const answerMs = 2_000
const checkMs = 30_000
const shortestPauseMs = 250
const longestPauseMs = 30_000

class Listening implements Watch {
  readonly #options: ListeningOptions
  readonly #token = `check:${randomUUID()}`
  #client: Client | undefined
  #timer: NodeJS.Timeout | undefined
  #pauseMs = shortestPauseMs
  #isLive = false
  #isClosed = false

  constructor(options: ListeningOptions) {
    this.#options = options
    void this.#connect()
  }

  get isLive(): boolean {
    return this.#isLive
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#disconnect()
  }

  async #connect(): Promise<void> {
    if (this.#isClosed) return
    const client = this.#options.open()
    this.#client = client
    client.on('notification', ({ payload }) => this.#hear(payload ?? ''))
    client.on('error', () => this.#reconnect(client))
    client.on('end', () => this.#reconnect(client))
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      this.#check(client)
    } catch {
      this.#reconnect(client)
    }
  }

  #hear(payload: string): void {
    if (payload.startsWith('queue:') && this.#options.queues.has(payload.slice('queue:'.length)))
      this.#options.onSignal()
    if (payload !== this.#token) return
    this.#isLive = true
    this.#pauseMs = shortestPauseMs
    const client = this.#client
    this.#schedule(() => client && this.#check(client), checkMs)
  }

  /** Sent over another connection: what is written to a half-open one gets lost without an error. */
  #check(client: Client): void {
    if (client !== this.#client || this.#isClosed) return
    this.#schedule(() => this.#reconnect(client), answerMs)
    notify(this.#options.executor, this.#token).catch(() => this.#reconnect(client))
  }

  #reconnect(client: Client): void {
    if (client !== this.#client || this.#isClosed) return
    this.#disconnect()
    // Something may have come while nobody heard it.
    this.#options.onSignal()
    this.#schedule(() => void this.#connect(), this.#pauseMs * (0.5 + Math.random()))
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
  }

  #disconnect(): void {
    this.#isLive = false
    clearTimeout(this.#timer)
    const client = this.#client
    this.#client = undefined
    void client?.end().catch(() => undefined)
  }

  #schedule(action: () => void, ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(action, ms)
    this.#timer.unref()
  }
}

async function notify(executor: Executor, payload: string): Promise<void> {
  await executor.query('select pg_notify(?, ?)', [channel, payload])
}
