import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import type { QueryResult, SqlValue } from '../connection.ts'
import { DatabaseBusyError, DatabaseDeadlineError, QueueClosedError } from '../errors.ts'
import type { Dialect, Driver, Executor, Signals } from './driver.ts'

/**
 * A database server behind a pool of sessions. A session that failed in any way but a refused statement is destroyed,
 * never given to the next caller; when the server itself went away or may no longer be written to, the whole pool is
 * renewed. A statement that does not answer within the deadline costs its session: nobody knows what became of it.
 */
export interface Server {
  /** What a person would call it, without secrets: `MariaDB app at db.example:3306`. */
  readonly label: string
  openPool(): Pool
  /** Learns what the server can do; throws `DatabaseUnusableError`. */
  probe(executor: Executor): Promise<Dialect>
  classify(error: unknown): Trouble
  /** The error as a person should read it; the same one where there is nothing to add. */
  explain(error: unknown): unknown
}

/**
 * `conflict`: run it again. `duplicate`: the same, as another one may have written the same row just now; but a few times
 * only, as the row may be there for good. `lost`: the session is gone. `useless`: so are all of them. `refused`: the
 * statement's fault. `outdated`: what was learnt about the tables no longer holds.
 */
export type Trouble = 'conflict' | 'duplicate' | 'lost' | 'useless' | 'refused' | 'outdated'

export interface Pool extends AsyncDisposable {
  acquire(): Promise<Session>
}

export interface Session extends Executor {
  /** A statement that the server does not give up; when it fails, the session is good for nothing else afterwards. */
  unlimited(sql: string): Promise<unknown>
  /** Gives it back for the next caller: nothing is open and nothing unread. */
  release(): void
  destroy(): void
}

export interface ServerDriverOptions {
  readonly deadlineSeconds: number
  readonly lanes: number
  readonly batch: number
  /** Made with an executor that serves until they are disposed: closing sends the last ones. */
  openSignals?(executor: Executor): Signals
}

/** How often a unit is run; what is not named, once. */
const maxTries: Partial<Record<Trouble, number>> = { conflict: 20, duplicate: 3 }
/** After these the session has an answer, and nothing but a rollback is needed. */
const usable: ReadonlySet<Trouble> = new Set(['refused', 'conflict', 'duplicate', 'outdated'])
const changeSeconds = 3_600

export class ServerDriver implements Driver {
  readonly label: string
  readonly lanes: number
  readonly batch: number
  readonly signals?: Signals
  readonly #server: Server
  readonly #deadlineMs: number
  #pool: Pool
  #dialect: Promise<Dialect> | undefined
  #closed: Promise<void> | undefined
  #isPoolClosed = false
  /** What somebody waits for, with all its tries. */
  readonly #underway = new Set<Promise<unknown>>()

  constructor(server: Server, { deadlineSeconds, lanes, batch, openSignals }: ServerDriverOptions) {
    this.label = server.label
    this.#server = server
    this.#deadlineMs = deadlineSeconds * 1000
    this.lanes = lanes
    this.batch = batch
    if (openSignals) this.signals = openSignals({ query: (sql, parameters) => this.#queryForSignals(sql, parameters) })
    this.#pool = server.openPool()
  }

  dialect(): Promise<Dialect> {
    this.#dialect ??= this.#probe()
    return this.#dialect
  }

  explain(error: unknown): unknown {
    return this.#server.explain(error)
  }

  forgetDialect(): void {
    this.#dialect = undefined
  }

  query(sql: string, parameters: readonly SqlValue[] = []): Promise<QueryResult> {
    return this.#toItsEnd(() => this.#untilNoConflict((executor) => executor.query(sql, parameters)))
  }

  /** In a session that nobody else has meanwhile, and that ends when it fails. */
  change(sql: string): Promise<void> {
    return this.#toItsEnd(() => this.#changeAlone(sql))
  }

  async #changeAlone(sql: string): Promise<void> {
    const session = await this.#acquire(this.#pool)
    try {
      await this.#withDeadline(session.unlimited(sql), { seconds: changeSeconds })
    } catch (error) {
      session.destroy()
      throw this.#server.explain(error)
    }
    session.release()
  }

  transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    const unit = async (executor: Executor) => {
      await executor.query('begin')
      const result = await work(executor)
      await executor.query('commit')
      return result
    }
    return this.#toItsEnd(() => this.#untilNoConflict((executor) => this.#rollingBack(executor, unit)))
  }

  /** A second time waits for the first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close()
    await this.#closed
  }

  async #close(): Promise<void> {
    await this.#untilIdle()
    await this.signals?.[Symbol.asyncDispose]()
    this.#isPoolClosed = true
    await this.#pool[Symbol.asyncDispose]()
  }

  /** A client may cut off what is under way when it closes. Nobody waits longer for it than for one statement. */
  async #untilIdle(): Promise<void> {
    const late = Promise.withResolvers<void>()
    const giveUp = setTimeout(late.resolve, this.#deadlineMs)
    await Promise.race([Promise.allSettled(this.#underway), late.promise])
    clearTimeout(giveUp)
    // Who was answered just now has a signal to send.
    if (this.signals) await nextTurn()
  }

  #queryForSignals(sql: string, parameters?: readonly SqlValue[]): Promise<QueryResult> {
    return this.#untilNoConflict((executor) => executor.query(sql, parameters))
  }

  async #probe(): Promise<Dialect> {
    try {
      return await this.#toItsEnd(() => this.#untilNoConflict((executor) => this.#server.probe(executor)))
    } catch (error) {
      // The next one asks again: the server may be back by then.
      this.forgetDialect()
      throw error
    }
  }

  /** What has begun is waited for when the driver is closed; nothing begins after that. */
  async #toItsEnd<T>(begin: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new QueueClosedError()
    const work = begin()
    this.#underway.add(work)
    try {
      return await work
    } finally {
      this.#underway.delete(work)
    }
  }

  async #rollingBack<T>(executor: Executor, unit: (executor: Executor) => Promise<T>): Promise<T> {
    try {
      return await unit(executor)
    } catch (error) {
      // A lock wait that timed out has undone its statement only, also when that was the commit. A lost session would not answer.
      if (this.#isUsableAfter(error)) await executor.query('rollback').catch(() => leaveOpen(error))
      throw error
    }
  }

  /** Runs the whole unit again after a deadlock, with more room between the tries; twice at the least, and no more after the deadline. */
  async #untilNoConflict<T>(unit: (executor: Executor) => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#inSession(unit)
      } catch (error) {
        this.#checkTries(error, { tries, startedAt })
      }
      await wait(Math.random() * Math.min(500, 5 * 2 ** tries))
    }
  }

  /** Throws what is to be told where the unit is not run again. */
  #checkTries(error: unknown, { tries, startedAt }: { readonly tries: number; readonly startedAt: number }): void {
    const trouble = this.#server.classify(error)
    if (trouble === 'outdated') this.forgetDialect()
    const ms = performance.now() - startedAt
    const isLate = tries > 1 && ms > this.#deadlineMs
    if (!isLate && tries < (maxTries[trouble] ?? 1)) return
    if (trouble !== 'conflict') throw this.#server.explain(error)
    throw new DatabaseBusyError(this.#server.label, Math.round(ms / 100) / 10, { cause: error })
  }

  async #inSession<T>(unit: (executor: Executor) => Promise<T>): Promise<T> {
    if (this.#isPoolClosed) throw new QueueClosedError()
    const pool = this.#pool
    const session = await this.#acquire(pool)
    try {
      const result = await unit({ query: (sql, parameters) => this.#withDeadline(session.query(sql, parameters)) })
      session.release()
      return result
    } catch (error) {
      this.#giveUp(pool, session, error)
      throw error instanceof LeftOpenError ? error.cause : error
    }
  }

  async #acquire(pool: Pool): Promise<Session> {
    const acquiring = pool.acquire()
    try {
      return await this.#withDeadline(acquiring, { waitedFor: 'connection' })
    } catch (error) {
      // It may still come, as good as any other, and nobody waits for it any more.
      acquiring.then(
        (session) => session.release(),
        () => undefined,
      )
      this.#renewAfter(pool, error)
      throw error
    }
  }

  #giveUp(pool: Pool, session: Session, error: unknown): void {
    if (this.#isUsableAfter(error)) session.release()
    else session.destroy()
    this.#renewAfter(pool, error)
  }

  #isUsableAfter(error: unknown): boolean {
    return !(error instanceof LeftOpenError) && usable.has(this.#server.classify(error))
  }

  #renewAfter(pool: Pool, error: unknown): void {
    if (this.#server.classify(error) !== 'useless' || pool !== this.#pool) return
    this.#pool = this.#server.openPool()
    void Promise.resolve(pool[Symbol.asyncDispose]()).catch(() => undefined)
  }

  #withDeadline<T>(
    answer: Promise<T>,
    {
      seconds = this.#deadlineMs / 1000,
      waitedFor,
    }: { readonly seconds?: number; readonly waitedFor?: 'answer' | 'connection' } = {},
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const giveUp = () => reject(new DatabaseDeadlineError(this.#server.label, seconds, waitedFor))
    // After a thread that was blocked, timers come before the answers that arrived meanwhile: those are read first.
    const timer = setTimeout(() => setImmediate(giveUp), seconds * 1000)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
    return promise
  }
}

/** Not even the rollback worked: what is open on the session ends with it. */
class LeftOpenError extends Error {
  override readonly name = 'LeftOpenError'
}

function leaveOpen(cause: unknown): never {
  throw new LeftOpenError('A transaction was left open.', { cause })
}
