import { randomUUID } from 'node:crypto'
import { type Clock, systemClock, toleratedSeconds } from '../clock.ts'
import {
  type BatchPushOptions,
  type ClaimedJob,
  type ClaimRequest,
  type Connection,
  type Exchange,
  type FailedFilter,
  type FailedJob,
  type FollowUp,
  maxForgiven,
  type NewBatch,
  type NewFailure,
  type NewJob,
  type Page,
  type QueueSize,
  type Reservation,
  type StoredJob,
  type Transaction,
  type Waiting,
  type Watch,
} from '../connection.ts'
import { InvalidOptionError } from '../errors.ts'
import type { Lock, SharedStore } from '../shared-store.ts'
import type { WorkerSlots } from '../worker-slots.ts'
import { MemorySlots } from './memory-slots.ts'
import { MemoryStore } from './memory-store.ts'
import { checkRetryAfter } from './retry-after.ts'

/**
 * A queue in the memory of the process, with the rules of the databases. A job runs inside `dispatch`, which answers
 * when it is done and throws what the handler threw; nothing survives the process. For development and for the tests
 * of applications.
 */
export function sync(options: { readonly retryAfter?: number; readonly clock?: Clock } = {}): Connection {
  return new SyncConnection(checkRetryAfter(options.retryAfter), options.clock ?? systemClock)
}

class SyncConnection implements Connection {
  readonly name = 'sync'
  readonly label = 'this process'
  readonly runsAtOnce = true
  readonly lanes = 1
  readonly batch = 1_000
  readonly retryAfterSeconds: number
  readonly shared: SharedStore
  readonly slots: WorkerSlots
  readonly #clock: Clock
  readonly #jobs = new Map<string, StoredJob>()
  readonly #failed = new Map<string, FailedJob>()
  readonly #forgiven = new Map<string, number>()
  readonly #crashes = new Map<string, number>()
  #lastId = 0

  constructor(retryAfterSeconds: number, clock: Clock) {
    this.retryAfterSeconds = retryAfterSeconds
    this.#clock = clock
    this.shared = new MemoryStore(clock)
    this.slots = new MemorySlots(clock)
  }

  async migrate(): Promise<void> {}

  async push(newJobs: Iterable<NewJob>, transaction?: Transaction): Promise<void> {
    const jobs = [...newJobs]
    if (transaction) transaction.afterCommit(() => this.#add(jobs))
    else this.#add(jobs)
  }

  async pushUnique(jobs: readonly NewJob[], locks: readonly Lock[], transaction?: Transaction): Promise<boolean> {
    const isFree = await this.#acquireAll(locks)
    if (isFree) await this.push(jobs, transaction)
    return isFree
  }

  /** Nothing counts here: the jobs run one after the other, at once. */
  async pushBatch(
    _batch: NewBatch,
    newJobs: readonly NewJob[],
    { locks = [], transaction }: BatchPushOptions = {},
  ): Promise<boolean> {
    return this.pushUnique(newJobs, locks, transaction)
  }

  async pushReserved(queue: string, payload: string): Promise<ClaimedJob> {
    return this.#reserve(this.#addOne({ queue, payload, due: { inSeconds: 0 } }))
  }

  async claim({ queues, limit, ...waiting }: ClaimRequest): Promise<readonly ClaimedJob[]> {
    this.#catchUp()
    for (const queue of queues) {
      const due = this.#inOrder()
        .filter((job) => job.queue === queue && this.#isDue(job) && isWanted(job, waiting))
        .sort((a, b) => Number(a.reservedAt === null) - Number(b.reservedAt === null))
      if (due.length > 0) return due.slice(0, limit).map((job) => this.#reserve(job))
    }
    return []
  }

  async nextDue({ queues, ...waiting }: Waiting): Promise<number | undefined> {
    const wanted = this.#inOrder().filter((job) => queues.includes(job.queue) && isWanted(job, waiting))
    const moments = wanted.map((job) => {
      const { reservedAt, availableAt } = job
      if (this.#isLeftBehind(job)) return 0
      return reservedAt === null ? availableAt : reservedAt + this.retryAfterSeconds
    })
    return moments.length === 0 ? undefined : Math.max(0, Math.min(...moments) - this.#clock.now())
  }

  /** Nobody waits for work here but who is told by `dispatch` itself. */
  watch(): Watch {
    return { isLive: false, [Symbol.asyncDispose]: async () => undefined }
  }

  async renew(reservations: readonly Reservation[]): Promise<readonly Reservation[]> {
    return this.#each(reservations, (job) => this.#jobs.set(job.id, { ...job, reservedAt: this.#clock.now() }))
  }

  async complete(reservations: readonly Reservation[]): Promise<readonly Reservation[]> {
    return this.#each(reservations, ({ id }) => {
      this.#remove(id)
    })
  }

  async unclaim(jobs: readonly ClaimedJob[], delaySeconds = 0): Promise<readonly Reservation[]> {
    return this.#each(jobs, (job) => {
      const availableAt = delaySeconds > 0 ? this.#clock.now() + delaySeconds : job.availableAt
      this.#jobs.set(job.id, { ...job, reservedAt: null, attempts: job.attempts - 1, availableAt })
    })
  }

  async forgive(
    reservations: readonly Reservation[],
    { areSuspects = false }: { readonly areSuspects?: boolean } = {},
  ): Promise<readonly Reservation[]> {
    return this.#each(reservations, (job) => {
      this.#jobs.set(job.id, { ...job, reservedAt: null })
      this.#countForgiven(job.id)
      if (areSuspects) this.#countCrash(job.id)
    })
  }

  async countCrash(reservation: Reservation): Promise<number | undefined> {
    const job = this.#current(reservation)
    return job && this.#countCrash(job.id)
  }

  async reserved(reservations: readonly Reservation[]): Promise<readonly ClaimedJob[]> {
    return reservations.flatMap((reservation) => {
      const job = this.#current(reservation)
      return job ? [this.#claimed(job)] : []
    })
  }

  async exchange(completed: readonly Reservation[], request: ClaimRequest): Promise<Exchange> {
    return { lost: await this.complete(completed), claimed: await this.claim(request) }
  }

  async release(reservation: Reservation, delaySeconds: number): Promise<boolean> {
    const job = this.#current(reservation)
    if (job) this.#jobs.set(job.id, { ...job, reservedAt: null, availableAt: this.#clock.now() + delaySeconds })
    return job !== undefined
  }

  async fail(reservation: Reservation, failure: NewFailure): Promise<boolean> {
    const job = this.#current(reservation)
    if (!job) return false
    await this.complete([reservation])
    await this.recordFailure({ ...failure, payload: job.payload })
    return true
  }

  async recordFailure({ uuid: wanted, connection, queue, payload, exception }: NewFailure): Promise<void> {
    const failedAt = new Date(this.#clock.now() * 1000).toISOString().slice(0, 19).replace('T', ' ')
    const known = this.#failed.get(wanted)
    const uuid = known && known.payload !== payload ? randomUUID() : wanted
    this.#failed.set(uuid, { uuid, connection, queue, payload, exception, failedAt })
  }

  /** Batches are kept in a table, and here is none; nor is a job in the database of any transaction. */
  async conclude(reservation: Reservation, { next }: FollowUp, transaction?: Transaction): Promise<boolean> {
    if (transaction) {
      const expected = 'a connection to the database of the transaction'
      throw new InvalidOptionError('completeIn', 'called on the sync connection', expected)
    }
    if ((await this.complete([reservation])).length > 0) return false
    if (next) await this.push([{ ...next, due: { inSeconds: 0 } }])
    return true
  }

  async now(): Promise<number> {
    return this.#clock.now()
  }

  async size(queue: string): Promise<QueueSize> {
    const jobs = this.#inOrder().filter((job) => job.queue === queue)
    const waiting = jobs.filter((job) => job.reservedAt === null)
    const pending = waiting.filter((job) => job.availableAt <= this.#clock.now()).length
    return { pending, delayed: waiting.length - pending, reserved: jobs.length - waiting.length }
  }

  async jobs({ limit = 50, offset = 0 }: Page): Promise<readonly StoredJob[]> {
    return this.#inOrder().slice(offset, offset + limit)
  }

  async isQueued(uuid: string): Promise<boolean> {
    return this.#inOrder().some((job) => job.payload.includes(`"uuid":${JSON.stringify(uuid)}`))
  }

  async oldestDue(queue: string): Promise<number | undefined> {
    const now = this.#clock.now()
    const isDue = (job: StoredJob) => job.queue === queue && job.reservedAt === null && job.availableAt <= now
    return this.#inOrder().find(isDue)?.availableAt
  }

  async clear(queue: string): Promise<number> {
    const ids = this.#inOrder().flatMap((job) => (job.queue === queue ? [job.id] : []))
    for (const id of ids) this.#remove(id)
    return ids.length
  }

  async failed({ limit = 50, offset = 0 }: Page): Promise<readonly FailedJob[]> {
    return [...this.#failed.values()].reverse().slice(offset, offset + limit)
  }

  async countFailed(): Promise<number> {
    return this.#failed.size
  }

  async findFailed(uuid: string): Promise<FailedJob | undefined> {
    return this.#failed.get(uuid)
  }

  async failedUuids(filter: FailedFilter): Promise<readonly string[]> {
    const jobs = [...this.#failed.values()].filter((job) => !filter.queue || job.queue === filter.queue)
    return jobs.map((job) => job.uuid)
  }

  async retry(uuid: string, prepare: (payload: string) => string): Promise<boolean> {
    const job = this.#failed.get(uuid)
    if (!job) return false
    this.#failed.delete(uuid)
    this.#add([{ queue: job.queue, payload: prepare(job.payload), due: { inSeconds: 0 } }])
    return true
  }

  async forget(uuid: string): Promise<boolean> {
    return this.#failed.delete(uuid)
  }

  async flush(olderThanHours?: number): Promise<number> {
    const latest = this.#clock.now() - (olderThanHours ?? 0) * 3600
    return this.#forgetFailed((failedAt) => olderThanHours === undefined || failedAt <= latest)
  }

  async pruneFailed(olderThanHours: number): Promise<number> {
    const latest = this.#clock.now() - olderThanHours * 3600
    return this.#forgetFailed((failedAt) => failedAt < latest)
  }

  /** No batch is made in memory. */
  async failedInBatch(): Promise<undefined> {
    return undefined
  }

  async pruneBatches(): Promise<number> {
    return 0
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #acquireAll(locks: readonly Lock[]): Promise<boolean> {
    for (const [index, lock] of locks.entries()) {
      if (await this.shared.acquireLock(lock)) continue
      for (const { key, owner } of locks.slice(0, index)) await this.shared.releaseLock(key, owner)
      return false
    }
    return true
  }

  #add(jobs: readonly NewJob[]): void {
    for (const job of jobs) this.#addOne(job)
  }

  #addOne({ queue, payload, due }: NewJob): StoredJob {
    const now = this.#clock.now()
    this.#lastId += 1
    const availableAt = 'inSeconds' in due ? now + due.inSeconds : due.atUnixSeconds
    const id = String(this.#lastId)
    const job = { id, queue, payload, attempts: 0, reservedAt: null, availableAt, createdAt: now }
    this.#jobs.set(id, job)
    return job
  }

  #forgetFailed(isOld: (failedAtUnixSeconds: number) => boolean): number {
    const old = [...this.#failed.values()].filter(({ failedAt }) =>
      isOld(Date.parse(`${failedAt.replace(' ', 'T')}Z`) / 1000),
    )
    for (const { uuid } of old) this.#failed.delete(uuid)
    return old.length
  }

  #inOrder(): StoredJob[] {
    return [...this.#jobs.values()].sort((a, b) => a.availableAt - b.availableAt || Number(a.id) - Number(b.id))
  }

  #isDue(job: StoredJob): boolean {
    const now = this.#clock.now()
    return job.reservedAt === null ? job.availableAt <= now : job.reservedAt <= now - this.retryAfterSeconds
  }

  /** As in the databases: the clock may have been set back. */
  #catchUp(): void {
    const now = this.#clock.now()
    for (const job of [...this.#jobs.values()].filter((each) => this.#isLeftBehind(each))) {
      const moved = job.reservedAt === null ? { availableAt: now } : { reservedAt: now }
      this.#jobs.set(job.id, { ...job, ...moved })
    }
  }

  #isLeftBehind({ reservedAt, availableAt, createdAt }: StoredJob): boolean {
    const latest = this.#clock.now() + toleratedSeconds
    return reservedAt === null ? availableAt > latest && availableAt <= createdAt : reservedAt > latest
  }

  #reserve(job: StoredJob): ClaimedJob {
    if (job.reservedAt !== null) this.#countForgiven(job.id)
    const reserved = { ...job, attempts: job.attempts + 1, reservedAt: this.#clock.now() }
    this.#jobs.set(job.id, reserved)
    return this.#claimed(reserved)
  }

  #claimed({ id, queue, payload, attempts }: StoredJob): ClaimedJob {
    const counts = { forgiven: this.#forgiven.get(id) ?? 0, crashes: this.#crashes.get(id) ?? 0 }
    return { id, queue, payload, attempts, ...counts }
  }

  #countForgiven(id: string): void {
    this.#forgiven.set(id, Math.min(maxForgiven, (this.#forgiven.get(id) ?? 0) + 1))
  }

  #countCrash(id: string): number {
    const times = (this.#crashes.get(id) ?? 0) + 1
    this.#crashes.set(id, times)
    return times
  }

  #remove(id: string): void {
    this.#jobs.delete(id)
    this.#forgiven.delete(id)
    this.#crashes.delete(id)
  }

  /** Acts on those that are current; answers the ids of the others. */
  #each(reservations: readonly Reservation[], act: (job: StoredJob) => void): readonly Reservation[] {
    return reservations.filter((reservation) => {
      const job = this.#current(reservation)
      if (job) act(job)
      return !job
    })
  }

  #current({ id, attempts }: Reservation): StoredJob | undefined {
    const job = this.#jobs.get(id)
    return job?.attempts === attempts && job.reservedAt !== null ? job : undefined
  }
}

function isWanted({ id, payload }: StoredJob, { containing, except = [] }: Omit<Waiting, 'queues'>): boolean {
  return !except.includes(id) && (containing?.some((text) => payload.includes(text)) ?? true)
}
