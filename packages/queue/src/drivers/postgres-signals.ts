import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Watch } from '../connection.ts'
import type { Executor, Signals } from './driver.ts'

/**
 * LISTEN and NOTIFY. Looking at the table stays the truth; a signal only makes it look sooner. A NOTIFY takes a lock that
 * all committing sessions share: the first goes out at once, those asked for in the next milliseconds become one. A listener
 * sends itself a signal now and then: one that does not arrive tells of a half-open connection or of a pooler that does
 * not pass signals on, and then only looking tells.
 */
export class PostgresSignals implements Signals {
  readonly #open: () => Client
  readonly #executor: Executor
  readonly #timings: SignalTimings
  readonly #origin = randomUUID()
  readonly #waiting = new Set<string>()
  readonly #closing = new AbortController()
  #sending: Promise<void> | undefined

  constructor(open: () => Client, executor: Executor, timings: Partial<SignalTimings> = {}) {
    this.#open = open
    this.#executor = executor
    this.#timings = { ...usualTimings, ...timings }
  }

  send(queue: string): void {
    this.#waiting.add(queue)
    this.#sending ??= this.#sendWaiting()
  }

  listen(queues: readonly string[], onSignal: () => void): Watch {
    return new Listening({
      open: this.#open,
      executor: this.#executor,
      timings: this.#timings,
      queues: new Set(queues),
      origin: this.#origin,
      onSignal,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#sending
  }

  async #sendWaiting(): Promise<void> {
    while (this.#waiting.size > 0) {
      const queues = [...this.#waiting]
      this.#waiting.clear()
      await this.#sendEach(queues)
      const { signal } = this.#closing
      await wait(this.#timings.spacingMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
    this.#sending = undefined
  }

  async #sendEach(queues: readonly string[]): Promise<void> {
    for (const queue of queues) {
      try {
        await notify(this.#executor, `${this.#origin}:${queue}`)
      } catch {
        // Who listens also looks: a signal that cannot be sent is no loss, and not worth a deadline each at the close.
        if (this.#closing.signal.aborted) return
      }
    }
  }
}

interface ListeningOptions {
  readonly open: () => Client
  readonly executor: Executor
  readonly timings: SignalTimings
  readonly queues: ReadonlySet<string>
  /** Whose own signals are not listened to: this process was told already. */
  readonly origin: string
  readonly onSignal: () => void
}

/** One for all queues of a database: the name of a queue may be longer than that of a channel. */
const channel = 'surtidor_jobs'

export interface SignalTimings {
  /** Between two signals of one process. */
  readonly spacingMs: number
  /** Between two checks, and how long each may take. */
  readonly checkMs: number
  readonly answerMs: number
  /** Between two attempts to listen: longer each time. */
  readonly shortestPauseMs: number
  readonly longestPauseMs: number
}

const usualTimings: SignalTimings = {
  spacingMs: 10,
  checkMs: 30_000,
  answerMs: 2_000,
  shortestPauseMs: 250,
  longestPauseMs: 30_000,
}

class Listening implements Watch {
  readonly #options: ListeningOptions
  readonly #token = `check:${randomUUID()}`
  #client: Client | undefined
  #timer: NodeJS.Timeout | undefined
  #pauseMs: number
  #isLive = false
  #isClosed = false

  constructor(options: ListeningOptions) {
    this.#options = options
    this.#pauseMs = options.timings.shortestPauseMs
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
    client.on('notification', ({ payload }) => this.#hear(client, payload ?? ''))
    client.on('error', () => this.#reconnect(client))
    client.on('end', () => this.#reconnect(client))
    try {
      await client.connect()
      // A connection that breaks without a word right here must not be waited for for ever.
      this.#schedule(() => this.#reconnect(client), this.#options.timings.answerMs)
      await client.query(`listen ${channel}`)
      this.#check(client)
    } catch {
      this.#reconnect(client)
    }
  }

  #hear(client: Client, payload: string): void {
    // What an abandoned connection still delivers says nothing of the one that is listened to.
    if (client !== this.#client) return
    const [, origin, queue] = /^([^:]+):(.*)$/s.exec(payload) ?? []
    if (queue !== undefined && this.#options.queues.has(queue) && origin !== this.#options.origin)
      this.#options.onSignal()
    if (payload !== this.#token) return
    this.#isLive = true
    this.#pauseMs = this.#options.timings.shortestPauseMs
    this.#schedule(() => this.#check(client), this.#options.timings.checkMs)
  }

  /** Sent over another connection: what is written to a half-open one gets lost without an error. */
  #check(client: Client): void {
    if (client !== this.#client || this.#isClosed) return
    this.#schedule(() => this.#reconnect(client), this.#options.timings.answerMs)
    notify(this.#options.executor, this.#token).catch(() => this.#reconnect(client))
  }

  #reconnect(client: Client): void {
    if (client !== this.#client || this.#isClosed) return
    this.#disconnect()
    // Something may have come while nobody heard it.
    this.#options.onSignal()
    this.#schedule(() => void this.#connect(), this.#pauseMs * (0.5 + Math.random()))
    this.#pauseMs = Math.min(this.#pauseMs * 2, this.#options.timings.longestPauseMs)
  }

  #disconnect(): void {
    this.#isLive = false
    clearTimeout(this.#timer)
    const client = this.#client
    this.#client = undefined
    if (!client) return
    // A server that is gone never says goodbye, and the process must not wait for it. The types do not know the method.
    Reflect.get(client, 'unref').call(client)
    void client.end().catch(() => undefined)
  }

  #schedule(action: () => void, ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(action, ms)
    this.#timer.unref()
  }
}

/** A signal commits like a write, but nobody needs to find it on disk: it must not make those wait who write jobs. */
async function notify(executor: Executor, payload: string): Promise<void> {
  await executor.query(`select set_config('synchronous_commit', 'off', true), pg_notify(?, ?)`, [channel, payload])
}
