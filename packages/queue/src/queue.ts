import { setImmediate as nextTurn } from 'node:timers/promises'
import { checkWhole } from './check-whole.ts'
import type { BatchFilter, Connection, FailedFilter, FailedJob, Page, QueueSize, StoredJob } from './connection.ts'
import type { BatchDispatchOptions, BatchJob, DispatchedBatch } from './dispatch/batch.ts'
import { Dispatcher } from './dispatch/dispatcher.ts'
import type { DispatchedJob, DispatchOptions } from './dispatch/prepare-job.ts'
import type { QueueEvents } from './events.ts'
import { allFailed } from './failed-pages.ts'
import { defineJob, type JobDefinition } from './job.ts'
import { describePayload, prepareRetry } from './laravel/payload.ts'
import { unixSecondsOf } from './payload-head.ts'
import { maxPayloadBytesOf, type QueueSettings, runtimeOf } from './queue-settings.ts'
import type { QueueRuntime } from './runtime.ts'
import { Supervision } from './supervisor/supervision.ts'
import type { WorkRecord } from './work-record.ts'
import { isPaused, orderPause, orderRestart, orderResume } from './worker/orders.ts'
import { RunAtOnce } from './worker/run-at-once.ts'
import { Worker } from './worker/worker.ts'
import type { WorkerOptions } from './worker/worker-options.ts'

/** Opens a queue on a connection; the connection is closed with it. */
export function createQueue(settings: QueueSettings): Queue {
  return new Queue(settings)
}

/** Which failed jobs; all of them when nothing is said. */
export interface FailedSelection extends FailedFilter {
  /** The name of the job, as `queue:failed` shows it. */
  readonly job?: string | undefined
}

/** Where jobs are dispatched, looked at and worked. */
export class Queue implements AsyncDisposable {
  readonly #runtime: QueueRuntime
  readonly #runAtOnce: RunAtOnce
  readonly #dispatcher: Dispatcher

  constructor(settings: QueueSettings) {
    this.#runtime = runtimeOf(settings)
    this.#runAtOnce = new RunAtOnce(this.#runtime)
    this.#dispatcher = new Dispatcher(this.#runtime, this.#runAtOnce, maxPayloadBytesOf(settings))
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
  dispatch<Input, Output>(
    job: JobDefinition<Input, Output>,
    data: NoInfer<Input>,
    options: DispatchOptions = {},
  ): Promise<DispatchedJob> {
    return this.#dispatcher.dispatch({ definition: job, data, options })
  }

  /** Dispatches a job by its name alone, for a handler that another process has. */
  push(name: string, data: unknown, options: DispatchOptions = {}): Promise<DispatchedJob> {
    const definition = this.#runtime.jobs.get(name) ?? defineJob<unknown>(name, {}, () => undefined)
    return this.dispatch<unknown, unknown>(definition, data, options)
  }

  /** Dispatches one job per item, all or none, in a few statements; 100,000 at the most. A `key` is that of all of them together. */
  pushMany<Input, Output>(
    job: JobDefinition<Input, Output>,
    items: readonly NoInfer<Input>[],
    options: Omit<DispatchOptions, 'uuid'> = {},
  ): Promise<readonly DispatchedJob[]> {
    return this.#dispatcher.pushMany(job, items, options)
  }

  /** Dispatches class jobs that are counted together, all or none. */
  dispatchBatch(jobs: readonly BatchJob[], options: BatchDispatchOptions = {}): Promise<DispatchedBatch> {
    return this.#dispatcher.dispatchBatch(jobs, options)
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
    return orderRestart(this.#runtime)
  }

  /** No worker takes jobs of the queue any more, for so many seconds or until `resume`. Without a name: of every queue. */
  pause(queue?: string, seconds?: number): Promise<void> {
    return orderPause(this.#runtime, queue, seconds)
  }

  /** False when it was not paused. Without a name ends what pauses every queue; single ones stay paused. */
  resume(queue?: string): Promise<boolean> {
    return orderResume(this.#runtime, queue)
  }

  /** True while workers take no jobs of the queue: it is paused by its name, or with all others. */
  isPaused(queue = this.#runtime.defaultQueue): Promise<boolean> {
    return isPaused(this.#runtime, queue)
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

  /** Oldest first. By the name of the job all of them are read, page by page. */
  failedUuids({ job, ...filter }: FailedSelection = {}): Promise<readonly string[]> {
    return job === undefined ? this.#connection.failedUuids(filter) : this.#failedNamed(job, filter)
  }

  async #failedNamed(job: string, { queue }: FailedFilter): Promise<readonly string[]> {
    const uuids: string[] = []
    for await (const failed of allFailed((page) => this.failed(page))) {
      const isWanted = queue === undefined || failed.queue === queue
      if (isWanted && describePayload(failed.payload).name === job) uuids.push(failed.uuid)
    }
    return uuids.reverse()
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
  async retryAll(filter: FailedSelection = {}): Promise<number> {
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

  /** Deletes the failed jobs that fit; answers how many. */
  async forgetAll(filter: FailedSelection): Promise<number> {
    let forgotten = 0
    for (const uuid of await this.failedUuids(filter)) {
      if (await this.forget(uuid)) forgotten += 1
      await nextTurn()
    }
    return forgotten
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

  get #connection(): Connection {
    return this.#runtime.connection
  }
}

function checkPage(page: Page): Page {
  checkWhole('limit', page.limit ?? 0, 1_000_000)
  checkWhole('offset', page.offset ?? 0, Number.MAX_SAFE_INTEGER)
  return page
}
