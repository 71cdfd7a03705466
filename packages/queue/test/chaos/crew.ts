import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Connection, JobContext, JobDefinition, JobOptions, Queue, Worker } from '../../src/index.ts'
import type { DatabaseSettings } from '../support/private-queues.ts'
import { type SourceModules, sourceModules } from '../support/source-modules.ts'
import type { Outage } from './crew-check.ts'
import { type CrewClaim, CrewClaims } from './crew-claims.ts'
import { tooSlow, watchForStalls } from './crew-delays.ts'
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
  /** How long a handler takes at the most, in milliseconds. */
  readonly longestMs: number
  readonly random: Random
}

/** One run of a handler. Times are of `performance.now()`. */
export interface CrewRun {
  /** Of the job: it is in its data, chosen before it is dispatched. */
  readonly id: string
  /** Which of the workers. */
  readonly worker: number
  readonly attempt: number
  readonly startedAt: number
  /** Under which it began; undefined when its worker never claimed it. */
  readonly claim: CrewClaim | undefined
  endedAt?: number
  /** `stopped` when it threw because its reservation was lost. */
  how?: 'returned' | 'threw' | 'stopped'
  /** Its effect is on disk, and with it the end of the job. */
  hasEffect?: boolean
}

/**
 * `plain` takes its time and returns, `fenced` ends together with its effect. A plain job has one try, so that a try that
 * is lost without a reason is seen as a failure; a handler whose own client fails needs more.
 */
export type CrewKind = (typeof kinds)[number]

const kinds = ['plain', 'fenced'] as const

const traits: Readonly<Record<CrewKind, JobOptions>> = {
  plain: { tries: 1 },
  fenced: { tries: 100, backoff: 1 },
}

interface CrewJob {
  readonly id: string
  readonly ms: number
}

type Work = (job: CrewJob, context: JobContext) => Promise<Pick<CrewRun, 'hasEffect'>>

/** Workers in this process, each with a connection of its own, and all that is known of their jobs. */
export class Crew implements AsyncDisposable {
  readonly runs: CrewRun[] = []
  /** By id: what was dispatched, and what of it was acknowledged. */
  readonly tried = new Map<string, CrewKind>()
  readonly acknowledged = new Set<string>()
  readonly timings: Timings
  /** Told by the workers. */
  readonly told = { processed: 0, failed: 0, lost: 0, errors: 0 }
  /** Times in which nothing of this process moved, so that reservations could not be renewed. */
  readonly stalls: Outage[] = []
  /** When each worker was last told that an end of a job is on disk; of `performance.now()`. */
  readonly processedAt: number[] = []
  /** Workers that ended without having been asked to, and why. */
  readonly ended: string[] = []
  readonly #settings: CrewSettings
  readonly #modules: SourceModules
  readonly #client: Client
  readonly #definitions: readonly (readonly JobDefinition<CrewJob, CrewJob>[])[]
  readonly #queues: readonly Queue[]
  readonly #workers: Worker[]
  readonly #endings: readonly Promise<void>[]
  readonly #claims: readonly CrewClaims[]
  readonly #dispatching: Promise<void>[] = []
  readonly #stallWatch: NodeJS.Timeout
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
    const lateMs = settings.deadline * 1000
    this.timings = { slowestStatement: 0, slowestCall: 0, failed: 0, pending: new Set(), lateMs, late: [] }
    this.#claims = settings.ways.map(() => new CrewClaims())
    this.#stallWatch = watchForStalls(this.stalls)
    this.#definitions = settings.ways.map((_, worker) => this.#jobs(worker))
    this.#queues = settings.ways.map((way, worker) => this.#openQueue(way, worker))
    this.#workers = this.#queues.map((queue) => this.#hire(queue))
    this.#endings = this.#queues.map((queue, index) => this.#keepWorking(queue, index))
  }

  /**
   * Pushes jobs over the way of a worker until the crew ends, as long as fewer than that wait or run. All go under keys: what
   * was not acknowledged is pushed again.
   */
  keepPushing(worker: number, options: { readonly atOnce: number; readonly backlog: number }): void {
    this.#dispatching.push(this.#pushOn(worker, options))
  }

  /** Pushes so many jobs; answers when they are acknowledged. */
  async pushMany(worker: number, count: number): Promise<void> {
    for (const kind of kinds) await this.#insistOn(worker, kind, this.#draw(kind, Math.ceil(count / kinds.length)))
  }

  /** Ends the dispatchers; answers when the last job that they insist on is acknowledged. */
  async endDispatching(): Promise<void> {
    this.#isDispatching = false
    await Promise.all(this.#dispatching)
  }

  /** Their numbers. */
  get workers(): readonly number[] {
    return [...this.#workers.keys()]
  }

  /** How long the database was waited for, in figures. */
  get times(): Readonly<Record<string, number>> {
    const { slowestStatement, slowestCall } = this.timings
    return { 'slowest statement ms': Math.round(slowestStatement), 'slowest call ms': Math.round(slowestCall) }
  }

  /** What took longer than a deadline allows, as sentences. */
  get tooSlow(): readonly string[] {
    return tooSlow(this.timings, this.stalls)
  }

  /** How long the call waits that has waited for the longest, in milliseconds. */
  get longestWaitMs(): number {
    const oldest = Math.min(...[...this.timings.pending].map(({ startedAt }) => startedAt))
    return Number.isFinite(oldest) ? performance.now() - oldest : 0
  }

  /** Jobs that are done, and of which no worker has told the database yet. */
  get forgotten(): readonly string[] {
    return this.#claims.flatMap(({ forgotten }) => forgotten.map(({ id }) => id))
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
    clearInterval(this.#stallWatch)
    await this.stop(this.#settings.deadline + 10)
    await Promise.all(this.#queues.map((queue) => queue.close()))
    await this.#client[Symbol.asyncDispose]()
  }

  #openQueue(way: DatabaseSettings, worker: number): Queue {
    const { index } = this.#modules
    const queue = index.createQueue({ connection: this.#connect(way, worker), jobs: this.#definitions[worker] ?? [] })
    queue.on('jobProcessed', () => {
      this.told.processed += 1
      this.processedAt[worker] = performance.now()
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

  #connect(way: DatabaseSettings, worker: number): Connection {
    const { driver, deadline, retryAfter } = this.#settings
    const { mysql, postgres, sqlConnection } = this.#modules
    const options = { connections: 5, deadlineSeconds: deadline }
    const opened = driver === 'mariadb' ? mysql.mysqlDriver(way, options) : postgres.postgresDriver(way, options)
    const connection = new sqlConnection.SqlConnection(timedDriver(opened, this.timings), retryAfter)
    return this.#claims[worker]?.listenTo(connection) ?? connection
  }

  #jobs(worker: number): readonly JobDefinition<CrewJob, CrewJob>[] {
    const { defineJob } = this.#modules.index
    const works: Readonly<Record<CrewKind, Work>> = {
      plain: async ({ ms }, { signal }) => {
        await takeTime(ms, signal)
        return {}
      },
      fenced: async (job, context) => {
        await this.#endTogether(job, context)
        return { hasEffect: true }
      },
    }
    return kinds.map((kind) =>
      defineJob<CrewJob>(kind, traits[kind], (job, context) => this.#run({ worker, job, context }, works[kind])),
    )
  }

  /** The effect and the job's end in one transaction. */
  async #endTogether({ id, ms }: CrewJob, context: JobContext): Promise<void> {
    await takeTime(ms, context.signal)
    await this.#client.transact(async (tx) => {
      await writeEffect(tx, this.#settings.driver, { uuid: id, attempt: context.attempt })
      await context.completeIn(tx)
    })
  }

  async #run(
    { worker, job, context }: { readonly worker: number; readonly job: CrewJob; readonly context: JobContext },
    work: Work,
  ): Promise<void> {
    const claim = this.#claims[worker]?.of(job.id)
    const run: CrewRun = { id: job.id, worker, attempt: context.attempt, startedAt: performance.now(), claim }
    this.runs.push(run)
    try {
      Object.assign(run, await work(job, context), { how: 'returned' })
    } catch (error) {
      const isLost = context.signal.aborted || (error as { readonly code?: unknown }).code === 'LEASE_LOST'
      run.how = isLost ? 'stopped' : 'threw'
      throw error
    } finally {
      run.endedAt = performance.now()
    }
  }

  #hire(queue: Queue): Worker {
    return queue.worker({ concurrency: this.#settings.concurrency, sleep: 0.5, memory: 0 })
  }

  /** A worker whose handler waits for a server that does not answer, and not for its signal, ends: `queue:work` starts another. */
  async #keepWorking(queue: Queue, index: number): Promise<void> {
    for (;;) {
      const end = await this.#workers[index]?.run().then(
        ({ reason }) => reason,
        (error: unknown) => String(error),
      )
      if (this.#isEnding) return
      if (end !== 'timed_out') return void this.ended.push(`worker ${index} ended by itself: ${end}`)
      this.#workers[index] = this.#hire(queue)
    }
  }

  async #pushOn(
    worker: number,
    { atOnce, backlog }: { readonly atOnce: number; readonly backlog: number },
  ): Promise<void> {
    while (this.#isDispatching) {
      if (this.acknowledged.size - this.told.processed < backlog) await this.pushMany(worker, atOnce)
      else await wait(10)
    }
  }

  /** Whoever is not told tries again with the same key. */
  async #insistOn(worker: number, kind: CrewKind, jobs: readonly CrewJob[]): Promise<void> {
    const queue = this.#queues[worker]
    const definition = this.#definitions[worker]?.find(({ name }) => name === kind)
    if (!queue || !definition) throw new RangeError(`There is no worker ${worker}.`)
    const key = randomUUID()
    while (!this.#isEnding) {
      try {
        await queue.pushMany(definition, jobs, { key })
        for (const { id } of jobs) this.acknowledged.add(id)
        return
      } catch {
        await wait(50)
      }
    }
  }

  #draw(kind: CrewKind, count: number): readonly CrewJob[] {
    const { random, longestMs } = this.#settings
    const jobs = Array.from({ length: count }, () => ({ id: randomUUID(), ms: random.whole(0, longestMs) }))
    for (const { id } of jobs) this.tried.set(id, kind)
    return jobs
  }
}
