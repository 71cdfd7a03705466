/**
 * The contract between the queue and the place where jobs are kept.
 *
 * A connection knows the verbs of a queue and nothing of handlers: it stores payload texts, hands them out one
 * reservation at a time, and refuses every later write whose reservation is no longer the current one. The pair
 * `(id, attempts)` names a reservation: `attempts` grows by one at each claim of a row, and goes down again only when who
 * claimed it gives it back unstarted, and writes no more with it.
 */

import type { Lock, SharedStore } from './shared-store.ts'
import type { WorkerSlots } from './worker-slots.ts'

/** A job as it is handed to the connection; `payload` is the JSON text that a worker will read, kept verbatim. */
export interface NewJob {
  readonly queue: string
  readonly payload: string
  /** Whole seconds from now until the job is due, or an absolute moment in unix seconds. */
  readonly due: { readonly inSeconds: number } | { readonly atUnixSeconds: number }
}

/** Names one claim of one job. Every write after the claim carries it. */
export interface Reservation {
  readonly id: string
  readonly attempts: number
}

/** Tells one claim of a job from another claim of it. */
export function keyOf({ id, attempts }: Reservation): string {
  return `${id}/${attempts}`
}

export interface ClaimedJob extends Reservation {
  readonly queue: string
  readonly payload: string
  /** Claims of this job that do not count as tries: they died with their whole worker. At most `maxForgiven`. */
  readonly forgiven: number
  /** Claims of this job that ended their process, or may have. */
  readonly crashes: number
  /** The column cannot count another claim: the job must not run, only fail. */
  readonly isExhausted?: boolean
}

/** A job that was there whenever so many workers died is no victim of theirs any more. */
export const maxForgiven = 50

/** The jobs that a worker takes. */
export interface Waiting {
  /** In strict order of priority: the first queue that has a due job wins. */
  readonly queues: readonly string[]
  /** Only jobs whose payload contains one of these texts, letter by letter; others are left for who knows them. */
  readonly containing?: readonly string[]
  /** Ids of jobs that are not taken all the same. */
  readonly except?: readonly string[]
}

/** What the end of a job brings with it: Laravel's chains and batches. */
export interface FollowUp {
  /** Pushed when the job has completed. */
  readonly next?: NewJob
  /** Counts how the job ended. */
  readonly batch?: BatchMember
}

/** Jobs that are counted together, in Laravel's table `job_batches`. */
export interface NewBatch {
  readonly id: string
  readonly name: string
  /** As PHP serializes them. */
  readonly options: string
}

export interface BatchPushOptions {
  readonly locks?: readonly Lock[]
  readonly transaction?: Transaction | undefined
}

export interface BatchMember {
  readonly batchId: string
  readonly uuid: string
  /** Reads the batch's column `options`: one that allows none is over with its first failure. */
  readonly allowsFailures: (options: string) => boolean
}

export interface ClaimRequest extends Waiting {
  readonly limit: number
}

/** What `exchange` did: the jobs it claimed, and those of the completed that were not the current reservation of their job. */
export interface Exchange {
  readonly claimed: readonly ClaimedJob[]
  readonly lost: readonly Reservation[]
}

/** Somebody who waits for work. */
export interface Watch extends AsyncDisposable {
  /** True while a signal of new work is known to arrive; otherwise only looking tells. */
  readonly isLive: boolean
}

export interface QueueSize {
  readonly pending: number
  readonly delayed: number
  readonly reserved: number
}

/** A job that waits or runs, as a person would look at it. Times are unix seconds. */
export interface StoredJob extends Reservation {
  readonly queue: string
  readonly payload: string
  readonly reservedAt: number | null
  readonly availableAt: number
  readonly createdAt: number
}

export interface FailedJob {
  readonly uuid: string
  readonly connection: string
  readonly queue: string
  readonly payload: string
  /** Name, message and stack of the last error. */
  readonly exception: string
  /** UTC, `YYYY-MM-DD HH:MM:SS`. */
  readonly failedAt: string
}

export interface NewFailure {
  readonly uuid: string
  readonly connection: string
  readonly queue: string
  /** As it was claimed. What is recorded is what the job's row holds, verbatim. */
  readonly payload: string
  /** Recorded instead, where a table cannot hold every letter of the payload. */
  readonly respelledPayload?: string
  readonly exception: string
}

export interface FailedFilter {
  readonly queue?: string | undefined
}

/** Which batches are stale: those that finished so long ago, or that were made so long ago and have no end. */
export interface BatchFilter {
  readonly state: 'finished' | 'unfinished' | 'cancelled'
  readonly olderThanHours: number
}

/** A part of a list. */
export interface Page {
  readonly limit?: number
  readonly offset?: number
}

/** What `dispatch` needs of an open transaction of the application. */
export interface Transaction {
  /** The text has the placeholders of the queue's database: `?`, or `$1` on PostgreSQL. */
  query(sql: string, parameters: readonly SqlValue[]): Promise<QueryResult>
  /** Runs once the transaction is on disk, never when it was rolled back. */
  afterCommit(callback: () => void | Promise<void>): void
  /** Runs once it has failed, which it may have without being undone: the answer to the commit may be what got lost. */
  afterRollback?(callback: () => void): void
}

export type SqlValue = string | number | bigint | null

export interface QueryResult {
  readonly rows: readonly Row[]
  /** Rows that the statement inserted, updated or deleted. */
  readonly changes: number
  /** Of the row that was inserted, from a client that tells it without being asked. */
  readonly insertedId?: string
}

export type Row = Readonly<Record<string, unknown>>

export interface Connection extends AsyncDisposable {
  /** `database`, `sync` …: what `failed_jobs.connection` records. */
  readonly name: string
  /** The place where the jobs are, without secrets: `shop at db.example:3306`, the path of a file. */
  readonly label: string
  /** A reservation that is not renewed for this many seconds may be claimed by another worker. */
  readonly retryAfterSeconds: number
  /** True when a job runs inside `dispatch` instead of waiting for a worker. */
  readonly runsAtOnce: boolean

  /** Frees what room is kept on the disk of the jobs for their end; only where some is. */
  makeRoom?(): void

  /** Creates what is missing; running it again changes nothing. */
  migrate(): Promise<void>

  /** What the processes of this queue tell each other beside its jobs. */
  readonly shared: SharedStore

  /** How many workers may be alive. */
  readonly slots: WorkerSlots

  /** How many claims or exchanges may usefully be under way at once. */
  readonly lanes: number

  /** How many jobs one claim may usefully take. */
  readonly batch: number

  /**
   * Several jobs are all written or none. They may be made while they are written, and are asked for again when a deadlock
   * undid the writing.
   */
  push(jobs: Iterable<NewJob>, transaction?: Transaction): Promise<void>
  /** Pushes jobs together with locks, all or nothing; false, and nothing is changed, when another has one of the locks. */
  pushUnique(jobs: readonly NewJob[], locks: readonly Lock[], transaction?: Transaction): Promise<boolean>
  /** The same for the members of a batch and what counts them. */
  pushBatch(batch: NewBatch, jobs: readonly NewJob[], options?: BatchPushOptions): Promise<boolean>
  /** Pushes one job that is due now, reserved already for who pushes it: one write instead of two. */
  pushReserved(queue: string, payload: string): Promise<ClaimedJob>
  claim(request: ClaimRequest): Promise<readonly ClaimedJob[]>
  /**
   * Seconds until a job of these queues may be claimed, by the database's clock: 0 when one may be now, undefined when
   * none is there. One statement, which locks nothing.
   */
  nextDue(waiting: Waiting): Promise<number | undefined>
  /** Hears that jobs of these queues were pushed, by any process where the database can tell. */
  watch(queues: readonly string[], onWork: () => void): Watch

  /** Each answers those that are not the current reservation of their job; nothing was changed for them. */
  renew(reservations: readonly Reservation[]): Promise<readonly Reservation[]>
  complete(reservations: readonly Reservation[]): Promise<readonly Reservation[]>
  /**
   * Undoes claims whose jobs never started: due as before or after a delay, and not counted. The reservation may come again
   * for somebody else, so this must not be tried a second time when no answer came, nor anything else be done with it.
   */
  unclaim(jobs: readonly ClaimedJob[], delaySeconds?: number): Promise<readonly Reservation[]>
  /**
   * Gives back jobs that their process did not live to end: due as before, and this claim is no try. `attempts` stays, so
   * that a late write of that process still finds another reservation, and so this may be tried again when no answer came.
   * Not for a reservation that went back with `unclaim`, or may have: another worker may have the same one by now. Suspects may have ended their process themselves: each that is given back is counted in `ClaimedJob.crashes` too.
   */
  forgive(
    reservations: readonly Reservation[],
    options?: { readonly areSuspects?: boolean },
  ): Promise<readonly Reservation[]>
  /**
   * Counts that the job ended its process; the job stays reserved. Answers how often so far, undefined when the reservation
   * is not the current one. Counts again when it is tried again.
   */
  countCrash(reservation: Reservation): Promise<number | undefined>
  /** The jobs of those reservations that are current, in no order. */
  reserved(reservations: readonly Reservation[]): Promise<readonly ClaimedJob[]>
  /** Completes and claims, in one transaction where there are some. */
  exchange(completed: readonly Reservation[], request: ClaimRequest): Promise<Exchange>

  /** Each answers false, and changes nothing, when the reservation is not the current one. */
  release(job: ClaimedJob, delaySeconds: number): Promise<boolean>
  /** With a batch, in one transaction with its count. */
  fail(reservation: Reservation, failure: NewFailure, batch?: BatchMember): Promise<boolean>
  /** Records a failure of a job that has left the queue. */
  recordFailure(failure: NewFailure): Promise<void>
  /** Completes a job and what follows from that, in one transaction: that of the application where it is given. */
  conclude(reservation: Reservation, followUp: FollowUp, transaction?: Transaction): Promise<boolean>

  /** What the clock says that decides what is due, in unix seconds with fractions. */
  now(): Promise<number>
  size(queue: string): Promise<QueueSize>
  /** Jobs that wait or run, in the order in which they are due. */
  jobs(page: Page): Promise<readonly StoredJob[]>
  /** True while a job with this uuid waits or runs. May look at every job. */
  isQueued(uuid: string): Promise<boolean>
  /** Since when the job waits that has been due for the longest, in unix seconds; undefined when none is due. */
  oldestDue(queue: string): Promise<number | undefined>
  /** Deletes every job of the queue, reserved and delayed ones too; answers how many. */
  clear(queue: string): Promise<number>

  /** Newest first. */
  failed(page: Page): Promise<readonly FailedJob[]>
  countFailed(): Promise<number>
  findFailed(uuid: string): Promise<FailedJob | undefined>
  failedUuids(filter: FailedFilter): Promise<readonly string[]>
  /** Puts the failed job back on its queue, due now, with its payload as `prepare` answers it; false when there is none. */
  retry(uuid: string, prepare: (payload: string) => string): Promise<boolean>
  forget(uuid: string): Promise<boolean>
  /** Deletes failed jobs, with `olderThanHours` only those; answers how many. */
  flush(olderThanHours?: number): Promise<number>
  /** The same by and by, so that a large table stays usable meanwhile. */
  pruneFailed(olderThanHours: number): Promise<number>

  /** The uuids of the failed jobs of a batch; undefined when there is no such batch. */
  failedInBatch(id: string): Promise<readonly string[] | undefined>
  /** Deletes stale batches by and by; answers how many. */
  pruneBatches(filter: BatchFilter): Promise<number>
}
