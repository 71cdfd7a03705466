import type {
  BatchFilter,
  BatchMember,
  BatchPushOptions,
  ClaimedJob,
  ClaimRequest,
  Connection,
  Exchange,
  FailedFilter,
  FailedJob,
  FollowUp,
  NewBatch,
  NewFailure,
  NewJob,
  Page,
  QueueSize,
  Reservation,
  StoredJob,
  Transaction,
  Waiting,
  Watch,
} from '../../connection.ts'
import type { Dialect, Driver, Executor } from '../../drivers/driver.ts'
import type { Lock, SharedStore } from '../../shared-store.ts'
import type { WorkerSlots } from '../../worker-slots.ts'
import { countCrash, forgive, reserved } from './after-crash.ts'
import { failedInBatch, insertBatch, pruneBatches } from './batches.ts'
import { acquireLocks, CacheTables, pruneLocks } from './cache-tables.ts'
import { type Claiming, claim, claimIn } from './claim.ts'
import { ClaimMemory } from './claim-memory.ts'
import { ClockWatch } from './clock-watch.ts'
import { countFailed, failed, failedUuids, findFailed, flush, forget, pruneFailed, retry } from './failed-jobs.ts'
import {
  complete,
  completeAll,
  conclude,
  fail,
  LostReservationError,
  recordLateFailure,
  release,
  renew,
  unclaim,
} from './finish.ts'
import { inLittleRoom } from './in-little-room.ts'
import { clear, isQueued, jobs, oldestDue, size } from './inspect.ts'
import { migrate } from './migrate.ts'
import { nextDue } from './next-due.ts'
import { push, pushReserved } from './push.ts'
import { checkTables } from './side-tables.ts'
import { SlotTable } from './slot-table.ts'
import { joined, Watchers } from './watchers.ts'

/** One in so many pushes with locks looks for locks that are over, as Laravel does it. */
const pruneShare = 0.02

/** A queue in the tables `jobs` and `failed_jobs` of any SQL database that has a driver. */
export class SqlConnection implements Connection {
  readonly name = 'database'
  readonly runsAtOnce = false
  readonly retryAfterSeconds: number
  readonly shared: SharedStore
  readonly slots: WorkerSlots
  readonly #driver: Driver
  readonly #memory = new ClaimMemory()
  readonly #clock: ClockWatch
  readonly #watchers = new Watchers()
  #tables: Promise<void> | undefined

  constructor(driver: Driver, retryAfterSeconds: number) {
    this.#driver = driver
    this.shared = new CacheTables(driver)
    this.slots = new SlotTable(driver)
    this.retryAfterSeconds = retryAfterSeconds
    this.#clock = new ClockWatch(retryAfterSeconds)
  }

  get label(): string {
    return this.#driver.label
  }

  get lanes(): number {
    return this.#driver.lanes
  }

  get batch(): number {
    return this.#driver.batch
  }

  makeRoom(): void {
    this.#driver.makeRoom?.()
  }

  migrate(): Promise<void> {
    return migrate(this.#driver)
  }

  async push(newJobs: Iterable<NewJob>, transaction?: Transaction): Promise<void> {
    this.#driver.checkRoom?.()
    const dialect = await this.#driver.dialect()
    if (transaction) {
      const queues = await push(this.#inside(transaction, dialect), dialect, newJobs)
      transaction.afterCommit(() => this.#signal(queues))
    } else {
      this.#signal(await this.#pushAtOnce(newJobs, dialect))
    }
  }

  pushUnique(newJobs: readonly NewJob[], locks: readonly Lock[], transaction?: Transaction): Promise<boolean> {
    return this.#pushLocked({ locks, transaction }, (executor, dialect) => push(executor, dialect, newJobs))
  }

  pushBatch(batch: NewBatch, newJobs: readonly NewJob[], options: BatchPushOptions = {}): Promise<boolean> {
    return this.#pushLocked(options, async (executor, dialect) => {
      await insertBatch(executor, dialect, { batch, members: newJobs.length })
      return push(executor, dialect, newJobs)
    })
  }

  async pushReserved(queue: string, payload: string): Promise<ClaimedJob> {
    this.#driver.checkRoom?.()
    return pushReserved(this.#driver, await this.#driver.dialect(), { queue, payload })
  }

  async claim(request: ClaimRequest): Promise<readonly ClaimedJob[]> {
    const claiming = await this.#claiming()
    return inLittleRoom(request, (each) => claim(this.#driver, each, claiming))
  }

  async nextDue(waiting: Waiting): Promise<number | undefined> {
    return nextDue(this.#driver, waiting, await this.#claiming())
  }

  watch(queues: readonly string[], onWork: () => void): Watch {
    return joined(this.#watchers.add(queues, onWork), this.#driver.signals?.listen(queues, onWork))
  }

  async renew(reservations: readonly Reservation[]): Promise<readonly Reservation[]> {
    return renew(this.#driver, await this.#driver.dialect(), reservations)
  }

  async complete(reservations: readonly Reservation[]): Promise<readonly Reservation[]> {
    const dialect = await this.#driver.dialect()
    const isOneStatement = dialect.deleteReturns && reservations.every(({ attempts }) => attempts === 1)
    return isOneStatement
      ? complete(this.#driver, dialect, reservations)
      : this.#completing(reservations, dialect, async (_executor, lost) => lost)
  }

  async unclaim(jobs: readonly ClaimedJob[], delaySeconds = 0): Promise<readonly Reservation[]> {
    const dialect = await this.#driver.dialect()
    const lost = await this.#driver.transaction((executor) =>
      unclaim(executor, dialect, { reservations: jobs, delaySeconds }),
    )
    this.#signal(new Set(jobs.map(({ queue }) => queue)))
    return lost
  }

  async forgive(
    reservations: readonly Reservation[],
    { areSuspects = false }: { readonly areSuspects?: boolean } = {},
  ): Promise<readonly Reservation[]> {
    if (reservations.length === 0) return []
    const dialect = await this.#driver.dialect()
    const { lost, queues } = await this.#driver.transaction((executor) =>
      forgive(executor, dialect, { reservations, areSuspects }),
    )
    this.#signal(queues)
    return lost
  }

  async countCrash(reservation: Reservation): Promise<number | undefined> {
    const dialect = await this.#driver.dialect()
    return this.#driver.transaction((executor) => countCrash(executor, dialect, reservation))
  }

  async reserved(reservations: readonly Reservation[]): Promise<readonly ClaimedJob[]> {
    if (reservations.length === 0) return []
    return reserved(this.#driver, await this.#driver.dialect(), reservations)
  }

  async exchange(completed: readonly Reservation[], request: ClaimRequest): Promise<Exchange> {
    if (completed.length === 0) return { lost: [], claimed: await this.claim(request) }
    const claiming = await this.#claiming()
    return inLittleRoom(request, (each) =>
      this.#completing(completed, claiming.dialect, async (executor, lost) => ({
        lost,
        claimed: await claimIn(executor, each, claiming),
      })),
    )
  }

  async release(job: ClaimedJob, delaySeconds: number): Promise<boolean> {
    const isReleased = await release(this.#driver, job, delaySeconds)
    if (isReleased) this.#signal([job.queue])
    return isReleased
  }

  fail(reservation: Reservation, failure: NewFailure, batch?: BatchMember): Promise<boolean> {
    return fail(this.#driver, reservation, { failure, batch })
  }

  recordFailure(failure: NewFailure): Promise<void> {
    return recordLateFailure(this.#driver, failure)
  }

  async conclude(reservation: Reservation, followUp: FollowUp, transaction?: Transaction): Promise<boolean> {
    const dialect = await this.#driver.dialect()
    const unit = (executor: Executor) => conclude(executor, dialect, { reservation, followUp })
    const isCurrent = transaction
      ? await unit(this.#inside(transaction, dialect))
      : await this.#driver.transaction(unit)
    if (!isCurrent || !followUp.next) return isCurrent
    const { queue } = followUp.next
    if (transaction) transaction.afterCommit(() => this.#signal([queue]))
    else this.#signal([queue])
    return true
  }

  async now(): Promise<number> {
    const { nowPrecise } = await this.#driver.dialect()
    return Number((await this.#driver.query(`select ${nowPrecise} as now`)).rows[0]?.now)
  }

  size(queue: string): Promise<QueueSize> {
    return size(this.#driver, queue)
  }

  jobs(page: Page): Promise<readonly StoredJob[]> {
    return jobs(this.#driver, page)
  }

  isQueued(uuid: string): Promise<boolean> {
    return isQueued(this.#driver, uuid)
  }

  oldestDue(queue: string): Promise<number | undefined> {
    return oldestDue(this.#driver, queue)
  }

  clear(queue: string): Promise<number> {
    return clear(this.#driver, queue)
  }

  failed(page: Page): Promise<readonly FailedJob[]> {
    return failed(this.#driver, page)
  }

  countFailed(): Promise<number> {
    return countFailed(this.#driver)
  }

  findFailed(uuid: string): Promise<FailedJob | undefined> {
    return findFailed(this.#driver, uuid)
  }

  failedUuids(filter: FailedFilter): Promise<readonly string[]> {
    return failedUuids(this.#driver, filter)
  }

  async retry(uuid: string, prepare: (payload: string) => string): Promise<boolean> {
    const job = await retry(this.#driver, uuid, prepare)
    if (job) this.#signal([job.queue])
    return job !== undefined
  }

  forget(uuid: string): Promise<boolean> {
    return forget(this.#driver, uuid)
  }

  flush(olderThanHours?: number): Promise<number> {
    return flush(this.#driver, olderThanHours)
  }

  pruneFailed(olderThanHours: number): Promise<number> {
    return pruneFailed(this.#driver, olderThanHours)
  }

  failedInBatch(id: string): Promise<readonly string[] | undefined> {
    return failedInBatch(this.#driver, id)
  }

  pruneBatches(filter: BatchFilter): Promise<number> {
    return pruneBatches(this.#driver, filter)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver[Symbol.asyncDispose]()
  }

  /** The application's client, whose errors are said as those of ours. */
  #inside(transaction: Transaction, dialect: Dialect): Executor {
    return {
      query: async (sql, parameters = []) => {
        try {
          return await transaction.query(dialect.native(sql), parameters)
        } catch (error) {
          throw this.#driver.explain(error)
        }
      },
    }
  }

  async #claiming(): Promise<Claiming> {
    await this.#checkTables()
    const { retryAfterSeconds } = this
    return { dialect: await this.#driver.dialect(), retryAfterSeconds, memory: this.#memory, clock: this.#clock }
  }

  /** Once: a database that was migrated by an older version lacks some of them. */
  #checkTables(): Promise<void> {
    this.#tables ??= checkTables(this.#driver).catch((error) => {
      this.#tables = undefined
      throw error
    })
    return this.#tables
  }

  /** In one transaction with what follows. Which reservations are lost costs a look at each, and is asked when some are. */
  async #completing<T>(
    reservations: readonly Reservation[],
    dialect: Dialect,
    follow: (executor: Executor, lost: readonly Reservation[]) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#driver.transaction(async (executor) => {
        await completeAll(executor, dialect, reservations)
        return follow(executor, [])
      })
    } catch (error) {
      if (!(error instanceof LostReservationError)) throw error
    }
    return this.#driver.transaction(async (executor) =>
      follow(executor, await complete(executor, dialect, reservations)),
    )
  }

  /** `write` answers the queues it pushed to. */
  async #pushLocked(
    { locks = [], transaction }: BatchPushOptions,
    write: (executor: Executor, dialect: Dialect) => Promise<ReadonlySet<string>>,
  ): Promise<boolean> {
    this.#driver.checkRoom?.()
    const dialect = await this.#driver.dialect()
    const unit = async (executor: Executor) =>
      (await acquireLocks(executor, dialect, locks)) ? write(executor, dialect) : undefined
    const queues = transaction ? await unit(this.#inside(transaction, dialect)) : await this.#driver.transaction(unit)
    if (!queues) return false
    const finish = async () => {
      this.#signal(queues)
      if (locks.length > 0 && Math.random() < pruneShare) await pruneLocks(this.#driver).catch(() => undefined)
    }
    if (transaction) transaction.afterCommit(finish)
    else await finish()
    return true
  }

  /** One job is one statement; several are all or none. */
  #pushAtOnce(newJobs: Iterable<NewJob>, dialect: Dialect): Promise<ReadonlySet<string>> {
    const isOne = Array.isArray(newJobs) && newJobs.length === 1
    return isOne
      ? push(this.#driver, dialect, newJobs)
      : this.#driver.transaction((executor) => push(executor, dialect, newJobs))
  }

  /** Delayed jobs too: a worker that sleeps learns when to wake up. */
  #signal(queues: Iterable<string>): void {
    for (const queue of queues) {
      this.#watchers.tell(queue)
      this.#driver.signals?.send(queue)
    }
  }
}
