import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { AnyJobDefinition, Connection, JobContext, Queue, Worker } from '../../src/index.ts'
import type { DatabaseSettings } from '../support/private-queues.ts'
import { type SourceModules, sourceModules } from '../support/source-modules.ts'
import { type Client, loadQueue } from './harness/loaded-queue.ts'
import { takeTime, writeEffect } from './harness/program.ts'
import type { Random } from './harness/random.ts'
import type { DriverName } from './harness/scenario.ts'
import { type Timings, timedDriver } from './timed-driver.ts'

export interface CrewSettings {
  /** The queue's `src`. */
  readonly source: string
  readonly driver: Exclude<DriverName, 'sqlite'>
  /** How each worker reaches the database. */
  readonly ways: readonly DatabaseSettings[]
  /** How the handlers' own client reaches it. */
  readonly clientPlace: DatabaseSettings
  readonly concurrency: number
  /** Seconds. */
  readonly retryAfter: number
  /** Seconds that a statement may take. */
  readonly deadline: number
  readonly random: Random
}

/** One run of a handler. Times are of `performance.now()`. */
export interface CrewRun {
  readonly uuid: string
  /** Which of the workers. */
  readonly worker: number
  readonly attempt: number
  readonly startedAt: number
  endedAt?: number
  how?: 'returned' | 'threw'
}

/**
 * `plain` takes its time and returns, `fenced` ends together with its effect. A plain job has one try, so that a try that
 * is lost without a reason is seen as a failure; a handler whose own client fails needs more.
 */
export type CrewKind = keyof typeof tries

const tries = { plain: 1, fenced: 100 } as const

interface CrewJob {
  readonly kind: CrewKind
  readonly ms: number
}

/** Workers in this process, each with a connection of its own, and all that is known of their jobs. */
export class Crew implements AsyncDisposable {
  readonly runs: CrewRun[] = []
  /** By uuid: what was dispatched, and what of it was acknowledged. */
  readonly tried = new Map<string, CrewKind>()
  readonly acknowledged = new Set<string>()
  readonly timings: Timings = { slowestStatement: 0, slowestCall: 0, failed: 0, pending: new Set() }
  /** Told by the workers. */
  readonly told = { processed: 0, failed: 0, lost: 0, errors: 0 }
  /** Workers that ended without having been asked to, and why. */
  readonly ended: string[] = []
  readonly #settings: CrewSettings
  readonly #modules: SourceModules
  readonly #client: Client
  readonly #queues: readonly Queue[]
  readonly #workers: readonly Worker[]
  readonly #endings: readonly Promise<void>[]
  readonly #dispatching: Promise<void>[] = []
  #isDispatching = true
  #isEnding = false

  static async start(settings: CrewSettings): Promise<Crew> {
    const { openClient } = await loadQueue(settings.source, settings.driver)
    return new Crew(settings, await sourceModules(settings.source), openClient(settings.clientPlace))
  }

  private constructor(settings: CrewSettings, modules: SourceModules, client: Client) {
    this.#settings = settings
    this.#modules = modules
    this.#client = client
    this.#queues = settings.ways.map((way, worker) => this.#openQueue(way, worker))
    this.#workers = this.#queues.map((queue) =>
      queue.worker({ concurrency: settings.concurrency, sleep: 0.5, memory: 0 }),
    )
    this.#endings = this.#workers.map((worker, index) => this.#watch(worker, index))
  }

  get running(): number {
    return this.#workers.length - this.ended.length
  }

  /** Pushes so many jobs at once by a connection of the caller. */
  async pushMany(connection: Connection, count: number): Promise<void> {
    const jobs = Array.from({ length: count }, () => this.#draw())
    await connection.push(
      jobs.map(({ uuid, data }) => ({
        queue: 'default',
        payload: JSON.stringify({ uuid, displayName: data.kind, job: data.kind, maxTries: tries[data.kind], data }),
        due: { inSeconds: 0 },
      })),
    )
    for (const { uuid } of jobs) this.acknowledged.add(uuid)
  }

  /**
   * Dispatches a job every so often over the way of a worker until the crew ends, each under a key: what was not
   * acknowledged is dispatched again.
   */
  keepDispatching(worker: number, everyMs: number): void {
    this.#dispatching.push(this.#dispatchOn(worker, everyMs))
  }

  /** Ends the dispatchers; answers when the last job that they insist on is acknowledged. */
  async endDispatching(): Promise<void> {
    this.#isDispatching = false
    await Promise.all(this.#dispatching)
  }

  /** How long the call waits that has waited for the longest, in milliseconds. */
  get longestWaitMs(): number {
    const oldest = Math.min(...[...this.timings.pending].map(({ startedAt }) => startedAt))
    return Number.isFinite(oldest) ? performance.now() - oldest : 0
  }

  /** Lets the workers end. Who does not within so many seconds is left alone. */
  async stop(seconds: number): Promise<void> {
    this.#isEnding = true
    this.#isDispatching = false
    for (const worker of this.#workers) worker.stopNow()
    const isLate = new AbortController()
    const late = wait(seconds * 1000, undefined, { signal: isLate.signal }).catch(() => undefined)
    await Promise.race([Promise.all([...this.#endings, ...this.#dispatching]), late])
    isLate.abort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(this.#settings.deadline + 10)
    await Promise.all(this.#queues.map((queue) => queue.close()))
    await this.#client[Symbol.asyncDispose]()
  }

  #openQueue(way: DatabaseSettings, worker: number): Queue {
    const { index } = this.#modules
    const queue = index.createQueue({ connection: this.#connect(way), jobs: this.#jobs(worker) })
    queue.on('jobProcessed', () => {
      this.told.processed += 1
    })
    queue.on('jobFailed', () => {
      this.told.failed += 1
    })
    queue.on('leaseLost', () => {
      this.told.lost += 1
    })
    queue.on('workerError', () => {
      this.told.errors += 1
    })
    return queue
  }

  #connect(way: DatabaseSettings): Connection {
    const { driver, deadline, retryAfter } = this.#settings
    const { mysql, postgres, sqlConnection } = this.#modules
    const options = { connections: 5, deadlineSeconds: deadline }
    const opened = driver === 'mariadb' ? mysql.mysqlDriver(way, options) : postgres.postgresDriver(way, options)
    return new sqlConnection.SqlConnection(timedDriver(opened, this.timings), retryAfter)
  }

  #jobs(worker: number): readonly AnyJobDefinition[] {
    const { defineJob } = this.#modules.index
    return [
      defineJob<CrewJob>('plain', { tries: tries.plain }, ({ ms }, context) =>
        this.#run(worker, context, () => takeTime(ms, context.signal)),
      ),
      defineJob<CrewJob>('fenced', { tries: tries.fenced }, ({ ms }, context) =>
        this.#run(worker, context, async () => {
          await takeTime(ms, context.signal)
          await this.#client.transact(async (tx) => {
            await writeEffect(tx, this.#settings.driver, context)
            await context.completeIn(tx)
          })
        }),
      ),
    ]
  }

  async #run(worker: number, { uuid, attempt }: JobContext, work: () => Promise<void>): Promise<void> {
    const run: CrewRun = { uuid, worker, attempt, startedAt: performance.now() }
    this.runs.push(run)
    try {
      await work()
      run.how = 'returned'
    } catch (error) {
      run.how = 'threw'
      throw error
    } finally {
      run.endedAt = performance.now()
    }
  }

  async #watch(worker: Worker, index: number): Promise<void> {
    const end = await worker.run().then(
      ({ reason }) => reason,
      (error: unknown) => String(error),
    )
    if (!this.#isEnding) this.ended.push(`worker ${index} ended by itself: ${end}`)
  }

  async #dispatchOn(worker: number, everyMs: number): Promise<void> {
    while (this.#isDispatching) {
      await this.#insistOn(worker)
      await wait(everyMs)
    }
  }

  async #insistOn(worker: number): Promise<void> {
    const { uuid, data } = this.#draw()
    while (!this.acknowledged.has(uuid) && !this.#isEnding) {
      try {
        await this.#queues[worker]?.push(data.kind, data, { uuid, key: uuid })
        this.acknowledged.add(uuid)
      } catch {
        await wait(50)
      }
    }
  }

  #draw(): { readonly uuid: string; readonly data: CrewJob } {
    const { random } = this.#settings
    const uuid = randomUUID()
    const kind: CrewKind = random.chance(50) ? 'plain' : 'fenced'
    this.tried.set(uuid, kind)
    return { uuid, data: { kind, ms: random.whole(0, 40) } }
  }
}
