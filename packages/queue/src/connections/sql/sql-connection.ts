import type {
  ClaimedJob,
  ClaimRequest,
  Connection,
  FailedFilter,
  FailedJob,
  NewFailure,
  NewJob,
  Page,
  QueueSize,
  Reservation,
  StoredJob,
  Transaction,
} from '../../connection.ts'
import type { Driver } from '../../drivers/driver.ts'
import { claim } from './claim.ts'
import { countFailed, failed, failedUuids, findFailed, flush, forget, retry } from './failed-jobs.ts'
import { complete, fail, release, renew } from './finish.ts'
import { clear, isQueued, jobs, size } from './inspect.ts'
import { push } from './push.ts'

/** A queue in the tables `jobs` and `failed_jobs` of any SQL database that has a driver. */
export class SqlConnection implements Connection {
  readonly name = 'database'
  readonly runsAtOnce = false
  readonly retryAfterSeconds: number
  readonly #driver: Driver

  constructor(driver: Driver, retryAfterSeconds: number) {
    this.#driver = driver
    this.retryAfterSeconds = retryAfterSeconds
  }

  async migrate(): Promise<void> {
    for (const statement of this.#driver.dialect.schema) await this.#driver.query(statement)
  }

  push(newJobs: readonly NewJob[], transaction?: Transaction): Promise<void> {
    const { dialect } = this.#driver
    return transaction
      ? push({ query: (sql, parameters = []) => transaction.query(sql, parameters) }, dialect, newJobs)
      : this.#pushAtOnce(newJobs)
  }

  claim(request: ClaimRequest): Promise<readonly ClaimedJob[]> {
    return claim(this.#driver, request, this.retryAfterSeconds)
  }

  renew(reservation: Reservation): Promise<boolean> {
    return renew(this.#driver, this.#driver.dialect, reservation)
  }

  complete(reservation: Reservation): Promise<boolean> {
    return complete(this.#driver, reservation)
  }

  release(reservation: Reservation, delaySeconds: number): Promise<boolean> {
    return release(this.#driver, reservation, delaySeconds)
  }

  fail(reservation: Reservation, failure: NewFailure): Promise<boolean> {
    return fail(this.#driver, reservation, failure)
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

  retry(uuid: string, prepare: (payload: string) => string): Promise<boolean> {
    return retry(this.#driver, uuid, prepare)
  }

  forget(uuid: string): Promise<boolean> {
    return forget(this.#driver, uuid)
  }

  flush(olderThanHours?: number): Promise<number> {
    return flush(this.#driver, olderThanHours)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver[Symbol.asyncDispose]()
  }

  /** One job is one statement; several are all or none. */
  #pushAtOnce(newJobs: readonly NewJob[]): Promise<void> {
    const { dialect } = this.#driver
    return newJobs.length === 1
      ? push(this.#driver, dialect, newJobs)
      : this.#driver.transaction((executor) => push(executor, dialect, newJobs))
  }
}
