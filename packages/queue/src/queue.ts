import { setImmediate as nextTurn } from 'node:timers/promises'
import { type BatchDispatchOptions, type BatchJob, type DispatchedBatch, prepareBatch } from './batch.ts'
import type {
  BatchFilter,
  Connection,
  FailedFilter,
  FailedJob,
  NewJob,
  Page,
  QueueSize,
  StoredJob,
  Transaction,
} from './connection.ts'
import { InvalidOptionError } from './errors.ts'
import type { QueueEvents } from './events.ts'
import { defineJob, type JobDefinition } from './job.ts'
import { maxKeyLength } from './laravel/cache-keys.ts'
import { prepareRetry } from './laravel/payload.ts'
import {
  checkQueueName,
  type DispatchedJob,
  type DispatchOptions,
  type EncodeSettings,
  encodeJob,
  type PreparedJob,
  prepareJob,
  unixSecondsOf,
} from './prepare-job.ts'
import { maxPayloadBytesOf, type QueueSettings, runtimeOf } from './queue-settings.ts'
import { RunAtOnce } from './run-at-once.ts'
import type { Place, QueueRuntime } from './runtime.ts'
import type { Lock } from './shared-store.ts'
import { Supervision } from './supervision.ts'
import { dispatchLock, uniqueLock } from './unique-lock.ts'
import type { WorkRecord } from './work-record.ts'
import { Worker } from './worker.ts'
import type { WorkerOptions } from './worker-options.ts'

/** Opens a queue on a connection; the connection is closed with it. */
export function createQueue(settings: QueueSettings): Queue {
  return new Queue(settings)
}

/** Where jobs are dispatched, looked at and worked. */
export class Queue implements AsyncDisposable {
  readonly #runtime: QueueRuntime
  readonly #encodeSettings: EncodeSettings
  readonly #runAtOnce: RunAtOnce

  constructor(settings: QueueSettings) {
    this.#runtime = runtimeOf(settings)
    this.#runAtOnce = new RunAtOnce(this.#runtime)
    const { format, encrypter } = this.#runtime
    this.#encodeSettings = { maxPayloadBytes: maxPayloadBytesOf(settings), format, encrypter }
  }

  get connectionName(): string {
    return this.#connection.name
  }

  get defaultQueue(): string {
    return this.#runtime.defaultQueue
  }

  /** Creates the tables and indexes that are missing. */
  migrate(): Promise<void> {
    return this.#connection.migrate()
  }

  /** Answers when the job is on disk; with `tx`, when it is written in that transaction. */
  async dispatch<Input, Output>(
    job: JobDefinition<Input, Output>,
    data: NoInfer<Input>,
    options: DispatchOptions = {},
  ): Promise<DispatchedJob> {
    const prepared = await prepareJob({ definition: job, data, options }, this.#runtime.defaultQueue)
    const [dispatched = prepared.dispatched] = await this.#enqueue([prepared], {
      ...options,
      unique: uniqueLock(job, data, this.#runtime.cacheKeys),
    })
    return dispatched
  }

  /** Dispatches a job by its name alone, for a handler that another process has. */
  push(name: string, data: unknown, options: DispatchOptions = {}): Promise<DispatchedJob> {
    const definition = this.#runtime.jobs.get(name) ?? defineJob<unknown>(name, {}, () => undefined)
    return this.dispatch<unknown, unknown>(definition, data, options)
  }

  /** Dispatches one job per item, all or none, in a few statements; 100,000 at the most. A `key` is that of all of them together. */
  async pushMany<Input, Output>(
    job: JobDefinition<Input, Output>,
    items: readonly NoInfer<Input>[],
    options: Omit<DispatchOptions, 'uuid'> = {},
  ): Promise<readonly DispatchedJob[]> {
    if (job.options.unique)
      throw new InvalidOptionError('pushMany', job.name, 'a job that is not unique, or dispatch each')
    checkWhole('the number of items', items.length, maxItems)
    const prepared: PreparedJob[] = []
    for (const data of items) {
      const each = prepareJob({ definition: job, data, options }, this.#runtime.defaultQueue)
      prepared.push(each instanceof Promise ? await each : each)
    }
    return prepared.length > 0 ? this.#enqueue(prepared, options) : []
  }

  /** Dispatches class jobs that are counted together, all or none. */
  async dispatchBatch(jobs: readonly BatchJob[], options: BatchDispatchOptions = {}): Promise<DispatchedBatch> {
    const { batch, members } = await prepareBatch(jobs, options, this.#runtime.defaultQueue)
    const isPushed = await this.#connection.pushBatch(
      batch,
      members.map((each) => this.#encode(each)),
      { locks: this.#locks(options), transaction: options.tx },
    )
    const dispatched = await this.#tell(isPushed, members, options.tx)
    return { id: batch.id, jobs: dispatched, ...(!isPushed && { isSkipped: true }) }
  }

  /** A worker of this queue; it starts with `run()`. With a `record` others learn what it held when its process is gone. */
  worker(options: WorkerOptions = {}, record?: WorkRecord): Worker {
    return new Worker(this.#runtime, { queues: [this.#runtime.defaultQueue], ...options }, record)
  }

  /** For a process that looks after workers and works nothing itself. */
  get supervision(): Supervision {
    return new Supervision(this.#runtime)
  }

  /** Hears of an event until the answer is called. */
  on<Name extends keyof QueueEvents>(name: Name, listener: (event: QueueEvents[Name]) => void): () => void {
    return this.#runtime.events.on(name, listener)
  }

  /** Lets all workers end after their current job, in all processes, Laravel's too. Whoever keeps them running starts new ones. */
  restartWorkers(): Promise<void> {
    return this.#connection.shared.put(this.#runtime.cacheKeys.restart, `i:${Math.floor(Date.now() / 1000)};`)
  }

  /** No worker takes jobs of the queue any more, for so many seconds or until `resume`. Without a name: of every queue. */
  async pause(queue?: string, seconds?: number): Promise<void> {
    if (seconds !== undefined) checkWhole('seconds', seconds, maxPauseSeconds)
    return this.#connection.shared.put(this.#pauseKey(queue), 'b:1;', seconds)
  }

  /** False when it was not paused. Without a name ends what pauses every queue; single ones stay paused. */
  async resume(queue?: string): Promise<boolean> {
    return this.#connection.shared.forget(this.#pauseKey(queue))
  }

  size(queue = this.#runtime.defaultQueue): Promise<QueueSize> {
    return this.#connection.size(queue)
  }

  /** Jobs that wait or run, in the order in which they are due. */
  jobs(page: Page = {}): Promise<readonly StoredJob[]> {
    return this.#connection.jobs(checkPage(page))
  }

  /** True while a job with this uuid waits or runs. Looks at every job: for a person's question, not for a loop. */
  isQueued(uuid: string): Promise<boolean> {
    return this.#connection.isQueued(uuid)
  }

  /** Since when the job waits that has been due for the longest, in unix seconds; undefined when none is due. */
  oldestDue(queue = this.#runtime.defaultQueue): Promise<number | undefined> {
    return this.#connection.oldestDue(queue)
  }

  /** Deletes every job of the queue, running and delayed ones too; answers how many. */
  clear(queue = this.#runtime.defaultQueue): Promise<number> {
    return this.#connection.clear(queue)
  }

  /** Newest first. */
  failed(page: Page = {}): Promise<readonly FailedJob[]> {
    return this.#connection.failed(checkPage(page))
  }

  countFailed(): Promise<number> {
    return this.#connection.countFailed()
  }

  findFailed(uuid: string): Promise<FailedJob | undefined> {
    return this.#connection.findFailed(uuid)
  }

  /** Oldest first. */
  failedUuids(filter: FailedFilter = {}): Promise<readonly string[]> {
    return this.#connection.failedUuids(filter)
  }

  /** Puts a failed job back on its queue with the same uuid; false when there is none, so that twice does no harm. */
  async retry(uuid: string): Promise<boolean> {
    const failedJob = this.#connection.runsAtOnce ? await this.findFailed(uuid) : undefined
    const now = Math.floor(Date.now() / 1000)
    const retryUntil = (job: string) => unixSecondsOf(this.#runtime.jobs.get(job)?.options.retryUntil?.())
    const isRetried = await this.#connection.retry(uuid, (payload) => prepareRetry(payload, now, retryUntil))
    if (isRetried && failedJob) await this.#runAtOnce.runDue([failedJob.queue])
    return isRetried
  }

  /** Retries every failed job that fits, oldest first; answers how many. */
  async retryAll(filter: FailedFilter = {}): Promise<number> {
    let retried = 0
    for (const uuid of await this.failedUuids(filter)) {
      if (await this.retry(uuid)) retried += 1
      // An embedded database answers on this thread: pages and signals want their turn too.
      await nextTurn()
    }
    return retried
  }

  /** Deletes one failed job; false when there is none. */
  forget(uuid: string): Promise<boolean> {
    return this.#connection.forget(uuid)
  }

  /** Deletes failed jobs, with `olderThanHours` only those; answers how many. */
  flush(olderThanHours?: number): Promise<number> {
    if (olderThanHours !== undefined) checkWhole('olderThanHours', olderThanHours, 1_000_000)
    return this.#connection.flush(olderThanHours)
  }

  /** Deletes failed jobs that are older, a thousand at a time; answers how many. */
  pruneFailed(olderThanHours: number): Promise<number> {
    checkWhole('olderThanHours', olderThanHours, 1_000_000)
    return this.#connection.pruneFailed(olderThanHours)
  }

  /** The uuids of the failed jobs of a batch; undefined when there is no such batch. */
  failedInBatch(id: string): Promise<readonly string[] | undefined> {
    return this.#connection.failedInBatch(id)
  }

  /** Deletes stale batches, a thousand at a time; answers how many. */
  pruneBatches(filter: BatchFilter): Promise<number> {
    checkWhole('olderThanHours', filter.olderThanHours, 1_000_000)
    return this.#connection.pruneBatches(filter)
  }

  /** Lets the current jobs of its workers end, then closes the connection; a second time waits for the first. */
  async close(): Promise<void> {
    await Promise.all([...this.#runtime.takers].map((worker) => worker.end()))
    await this.#connection[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #pauseKey(queue: string | undefined): string {
    const { cacheKeys: keys, connection } = this.#runtime
    if (queue === undefined) return keys.allPaused
    const key = keys.paused(connection.name, checkQueueName(queue))
    if (key.length <= maxKeyLength) return key
    throw new InvalidOptionError('queue', queue, `a name with which the key has at most ${maxKeyLength} characters`)
  }

  get #connection(): Connection {
    return this.#runtime.connection
  }

  async #enqueue(prepared: readonly PreparedJob[], under: Enqueuing): Promise<readonly DispatchedJob[]> {
    return this.#tell(await this.#push(prepared, under), prepared, under.tx)
  }

  /** Tells of jobs that were pushed, or were not; answers them. */
  async #tell(isPushed: boolean, prepared: readonly PreparedJob[], tx: Transaction | undefined) {
    const dispatched = prepared.map((each) => each.dispatched)
    if (!isPushed) {
      for (const each of prepared) this.#runtime.events.emit('jobSkipped', { ...each.dispatched, data: each.data })
      return dispatched.map((each) => ({ ...each, isSkipped: true }))
    }
    if (tx) tx.afterCommit(() => this.#afterPush(prepared))
    else await this.#afterPush(prepared)
    return dispatched
  }

  async #push(prepared: readonly PreparedJob[], under: Enqueuing): Promise<boolean> {
    const { tx } = under
    const locks = this.#locks(under)
    if (locks.length > 0) {
      const jobs = prepared.map((each) => this.#encode(each))
      return this.#connection.pushUnique(jobs, locks, tx)
    }
    if (!(await this.#handOver(prepared, tx))) await this.#connection.push(this.#encoded(prepared, tx), tx)
    return true
  }

  /** Always in the same order, so that two who take the same never wait for each other crosswise. */
  #locks({ key, unique }: Pick<Enqueuing, 'key' | 'unique'>): readonly Lock[] {
    return [dispatchLock(key, this.#runtime.cacheKeys), unique].filter((lock) => lock !== undefined)
  }

  /**
   * Many jobs are put into text while others are written, and need not all be held; what is refused on the way is undone.
   * The application's own transaction might be kept after a refusal, so it gets nothing before all is known to be good.
   */
  #encoded(prepared: readonly PreparedJob[], tx: Transaction | undefined): Iterable<NewJob> {
    const encode = (each: PreparedJob) => this.#encode(each)
    if (tx || prepared.length === 1) return prepared.map(encode)
    return { [Symbol.iterator]: () => Iterator.from(prepared).map(encode) }
  }

  #encode(prepared: PreparedJob): NewJob {
    const job = encodeJob(prepared, this.#encodeSettings)
    // Who runs at once does not wait for a delay, as in Laravel.
    return this.#connection.runsAtOnce ? { ...job, due: { inSeconds: 0 } } : job
  }

  /** One job that is due at once goes to a runner of this process that waits for it: on disk, and reserved already. */
  async #handOver(prepared: readonly PreparedJob[], tx: Transaction | undefined): Promise<boolean> {
    const [first, ...others] = prepared
    if (!first || others.length > 0 || tx || !isDueNow(first) || this.#isLeft(first)) return false
    const place = this.#findPlace(first.dispatched.queue)
    if (!place) return false
    try {
      const { queue, payload } = this.#encode(first)
      place.take(await this.#connection.pushReserved(queue, payload))
      return true
    } catch (error) {
      place.cancel()
      throw error
    }
  }

  #isLeft({ dispatched }: PreparedJob): boolean {
    return this.#runtime.knownJobs !== undefined && !this.#runtime.jobs.has(dispatched.name)
  }

  #findPlace(queue: string): Place | undefined {
    for (const taker of this.#runtime.takers) {
      const place = taker.expect(queue)
      if (place) return place
    }
    return undefined
  }

  async #afterPush(prepared: readonly PreparedJob[]): Promise<void> {
    const { events } = this.#runtime
    if (events.isHeard('jobQueued')) {
      for (const { dispatched, data } of prepared) events.emit('jobQueued', { ...dispatched, data })
    }
    if (!this.#connection.runsAtOnce) return
    const jobs = prepared.map(({ dispatched }) => dispatched)
    await this.#runAtOnce.run(
      jobs.map(({ uuid }) => uuid),
      [...new Set(jobs.map(({ queue }) => queue))],
    )
  }
}

/** They are one transaction, and on SQLite nobody else writes meanwhile. */
const maxItems = 100_000
/** A year. */
const maxPauseSeconds = 31_536_000

/** Where and under which conditions jobs are pushed. */
interface Enqueuing {
  readonly tx?: Transaction | undefined
  readonly key?: string | undefined
  readonly unique?: Lock | undefined
}

function isDueNow({ due }: PreparedJob): boolean {
  return 'inSeconds' in due && due.inSeconds === 0
}

function checkPage(page: Page): Page {
  checkWhole('limit', page.limit ?? 0, 1_000_000)
  checkWhole('offset', page.offset ?? 0, Number.MAX_SAFE_INTEGER)
  return page
}

function checkWhole(option: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return
  throw new InvalidOptionError(option, value, `a whole number from 0 to ${max}`)
}
