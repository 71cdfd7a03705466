import { checkWhole } from '../check-whole.ts'
import type { NewJob, Transaction } from '../connection.ts'
import { InvalidOptionError } from '../errors.ts'
import type { AnyJobDefinition } from '../job.ts'
import { dispatchLock, uniqueLock } from '../locks/unique-lock.ts'
import type { Place, QueueRuntime } from '../runtime.ts'
import type { Lock } from '../shared-store.ts'
import type { RunAtOnce } from '../worker/run-at-once.ts'
import { type BatchDispatchOptions, type BatchJob, type DispatchedBatch, prepareBatch } from './batch.ts'
import {
  type DispatchedJob,
  type DispatchOptions,
  type DispatchRequest,
  type EncodeSettings,
  encodeJob,
  type PreparedJob,
  prepareJob,
} from './prepare-job.ts'

/** They are one transaction, and on SQLite nobody else writes meanwhile. */
const maxItems = 100_000

/** Where and under which conditions jobs are pushed. */
interface Enqueuing {
  readonly tx?: Transaction | undefined
  readonly key?: string | undefined
  readonly unique?: Lock | undefined
}

/**
 * Brings jobs onto their queue, under the locks that they are to take, and tells of it once they are on disk: with a
 * transaction of the application, after its commit. A job for which a runner of this process waits goes straight to it.
 */
export class Dispatcher {
  readonly #runtime: QueueRuntime
  readonly #encodeSettings: EncodeSettings
  readonly #runAtOnce: RunAtOnce

  constructor(runtime: QueueRuntime, runAtOnce: RunAtOnce, maxPayloadBytes: number) {
    this.#runtime = runtime
    this.#runAtOnce = runAtOnce
    this.#encodeSettings = { maxPayloadBytes, format: runtime.format, encrypter: runtime.encrypter }
  }

  async dispatch(request: DispatchRequest): Promise<DispatchedJob> {
    const { definition, data, options } = request
    const prepared = await prepareJob(request, this.#runtime.defaultQueue)
    const [dispatched = prepared.dispatched] = await this.#enqueue([prepared], {
      ...options,
      unique: uniqueLock(definition, data, this.#runtime.cacheKeys),
    })
    return dispatched
  }

  async pushMany(
    definition: AnyJobDefinition,
    items: readonly unknown[],
    options: Omit<DispatchOptions, 'uuid'>,
  ): Promise<readonly DispatchedJob[]> {
    if (definition.options.unique)
      throw new InvalidOptionError('pushMany', definition.name, 'a job that is not unique, or dispatch each')
    checkWhole('the number of items', items.length, maxItems)
    const prepared: PreparedJob[] = []
    for (const data of items) {
      const each = prepareJob({ definition, data, options }, this.#runtime.defaultQueue)
      prepared.push(each instanceof Promise ? await each : each)
    }
    return prepared.length > 0 ? this.#enqueue(prepared, options) : []
  }

  async dispatchBatch(jobs: readonly BatchJob[], options: BatchDispatchOptions): Promise<DispatchedBatch> {
    const { batch, members } = await prepareBatch(jobs, options, this.#runtime.defaultQueue)
    const isPushed = await this.#runtime.connection.pushBatch(
      batch,
      members.map((each) => this.#encode(each)),
      { locks: this.#locks(options), transaction: options.tx },
    )
    const dispatched = await this.#tell(isPushed, members, options.tx)
    return { id: batch.id, jobs: dispatched, ...(!isPushed && { isSkipped: true }) }
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
      return this.#runtime.connection.pushUnique(jobs, locks, tx)
    }
    if (!(await this.#handOver(prepared, tx))) await this.#runtime.connection.push(this.#encoded(prepared, tx), tx)
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
    return this.#runtime.connection.runsAtOnce ? { ...job, due: { inSeconds: 0 } } : job
  }

  /** One job that is due at once goes to a runner of this process that waits for it: on disk, and reserved already. */
  async #handOver(prepared: readonly PreparedJob[], tx: Transaction | undefined): Promise<boolean> {
    const [first] = prepared
    if (!first || prepared.length > 1 || tx || !isDueNow(first) || this.#isLeft(first)) return false
    const place = this.#findPlace(first.dispatched.queue)
    if (!place) return false
    try {
      const { queue, payload } = this.#encode(first)
      place.take(await this.#runtime.connection.pushReserved(queue, payload))
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
    if (!this.#runtime.connection.runsAtOnce) return
    const jobs = prepared.map(({ dispatched }) => dispatched)
    await this.#runAtOnce.run(
      jobs.map(({ uuid }) => uuid),
      [...new Set(jobs.map(({ queue }) => queue))],
    )
  }
}

function isDueNow({ due }: PreparedJob): boolean {
  return 'inSeconds' in due && due.inSeconds === 0
}
