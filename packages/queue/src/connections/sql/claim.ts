import type { ClaimedJob, ClaimRequest, Row, SqlValue } from '../../connection.ts'
import type { Dialect, Driver, Executor } from '../../drivers/driver.ts'
import type { ClaimMark, ClaimMarks } from './claim-marks.ts'
import { forgive, withForgiven } from './forgiven.ts'

/**
 * Reserves due jobs. Expired rows (not renewed for `retryAfterSeconds`) and ready ones (`reserved_at` is null) are asked
 * for separately, each answered by an index of its own: expired ones first, since there are few and ready ones that keep
 * coming must not make them wait for ever; ready ones in the order in which they became due. Payloads are read only for
 * rows that were won.
 *
 * A claim that nobody renewed died with its whole worker, as far as anybody knows, so it is forgiven.
 */
export interface Claiming {
  readonly dialect: Dialect
  readonly retryAfterSeconds: number
  readonly marks: ClaimMarks
}

/** One statement where an update can return the rows it reserved; a transaction elsewhere, and for what has expired. */
export async function claim(driver: Driver, request: ClaimRequest, claiming: Claiming): Promise<readonly ClaimedJob[]> {
  if (!claiming.dialect.updateReturns) return driver.transaction((executor) => claimIn(executor, request, claiming))
  for (const queue of request.queues) {
    const wish = { queue, limit: request.limit }
    const claimed = (await hasExpired(driver, wish, claiming))
      ? await driver.transaction((executor) => claimOfQueue(executor, wish, claiming))
      : await claimReady(driver, wish, claiming)
    if (claimed.length > 0) return claimed
  }
  return []
}

/** The same inside a transaction that is open. */
export async function claimIn(
  executor: Executor,
  { queues, limit }: ClaimRequest,
  claiming: Claiming,
): Promise<readonly ClaimedJob[]> {
  for (const queue of queues) {
    const claimed = await claimOfQueue(executor, { queue, limit }, claiming)
    if (claimed.length > 0) return claimed
  }
  return []
}

interface Wish {
  readonly queue: string
  readonly limit: number
}

async function claimOfQueue(executor: Executor, wish: Wish, claiming: Claiming): Promise<readonly ClaimedJob[]> {
  const expired = await claimExpired(executor, wish, claiming)
  if (expired.length >= wish.limit) return expired
  const ready = await claimReady(executor, { ...wish, limit: wish.limit - expired.length }, claiming)
  return [...expired, ...ready]
}

const isExpired = (dialect: Dialect) =>
  `queue = ? and reserved_at is not null and reserved_at <= ${dialect.nowUnixSeconds} - ?`

async function hasExpired(executor: Executor, { queue }: Wish, { dialect, retryAfterSeconds }: Claiming) {
  const { rows } = await executor.query(`select 1 as found from jobs where ${isExpired(dialect)} limit 1`, [
    queue,
    retryAfterSeconds,
  ])
  return rows.length > 0
}

async function claimExpired(executor: Executor, wish: Wish, claiming: Claiming): Promise<readonly ClaimedJob[]> {
  const { dialect, retryAfterSeconds } = claiming
  const reserved = await reserve(executor, dialect, {
    where: isExpired(dialect),
    // The index gives this order; a finer one would be sorted, and what is sorted is locked first.
    order: 'reserved_at',
    parameters: [wish.queue, retryAfterSeconds, wish.limit],
  })
  const jobs = reserved.map(({ job }) => job)
  await forgive(executor, dialect, jobs)
  return withForgiven(executor, dialect, jobs)
}

async function claimReady(
  executor: Executor,
  wish: Wish,
  { dialect, marks }: Claiming,
): Promise<readonly ClaimedJob[]> {
  const mark = dialect.walksDeletedRows ? marks.of(wish.queue) : undefined
  const beyond = mark ? await claimBeyond(executor, dialect, { ...wish, mark }) : []
  const reserved = beyond.length > 0 ? beyond : await claimFromTheStart(executor, dialect, wish)
  if (dialect.walksDeletedRows) marks.advance(wish.queue, reserved.at(-1), beyond.length === 0)
  return withForgiven(
    executor,
    dialect,
    reserved.map(({ job }) => job),
  )
}

function claimFromTheStart(executor: Executor, dialect: Dialect, { queue, limit }: Wish) {
  return reserve(executor, dialect, {
    where: `queue = ? and reserved_at is null and available_at <= ${dialect.nowUnixSeconds}`,
    order: 'available_at, id',
    parameters: [queue, limit],
  })
}

/** As two ranges of the index, the rest of the mark's second and what came later: one condition would be no range. */
async function claimBeyond(executor: Executor, dialect: Dialect, { queue, limit, mark }: Wish & { mark: ClaimMark }) {
  const sameSecond = await reserve(executor, dialect, {
    where: 'queue = ? and reserved_at is null and available_at = ? and id > ?',
    order: 'id',
    parameters: [queue, mark.availableAt, mark.id, limit],
  })
  if (sameSecond.length >= limit) return sameSecond
  const later = await reserve(executor, dialect, {
    where: `queue = ? and reserved_at is null and available_at > ? and available_at <= ${dialect.nowUnixSeconds}`,
    order: 'available_at, id',
    parameters: [queue, mark.availableAt, limit - sameSecond.length],
  })
  return [...sameSecond, ...later]
}

interface DueRows {
  readonly where: string
  readonly order: string
  /** Those of `where`, then the limit. */
  readonly parameters: readonly SqlValue[]
}

/** A job that was reserved, with the place it had in the order. */
interface ReservedJob extends ClaimMark {
  readonly job: ClaimedJob
}

const columns = 'id, queue, payload, attempts, available_at'

async function reserve(executor: Executor, dialect: Dialect, due: DueRows): Promise<readonly ReservedJob[]> {
  const rest = `where ${due.where} order by ${due.order} limit ? ${dialect.lockClause}`
  if (dialect.updateReturns) {
    const { rows } = await executor.query(
      `${markReserved(dialect)} where id ${dialect.oneOfSelect(`select id from jobs ${rest}`)} returning ${columns}`,
      due.parameters,
    )
    return rows.map((row) => reservedJob(row, 0)).sort(inOrder)
  }
  const { rows } = await executor.query(`select ${columns} from jobs ${dialect.claimHint} ${rest}`, due.parameters)
  if (rows.length === 0) return []
  const { sql, parameters } = dialect.oneOf(rows.map((row) => String(row.id)))
  await executor.query(`${markReserved(dialect)} where id ${sql}`, parameters)
  return rows.map((row) => reservedJob(row, 1))
}

function markReserved({ nowUnixSeconds }: Dialect): string {
  return `update jobs set reserved_at = ${nowUnixSeconds}, attempts = attempts + 1`
}

function reservedJob(row: Row, claimsToAdd: number): ReservedJob {
  const id = String(row.id)
  const attempts = Number(row.attempts) + claimsToAdd
  return {
    id,
    availableAt: Number(row.available_at),
    job: { id, queue: String(row.queue), payload: String(row.payload), attempts, forgiven: 0 },
  }
}

/** An update returns its rows in any order. Ids have more digits than a number holds exactly. */
function inOrder(a: ReservedJob, b: ReservedJob): number {
  return a.availableAt - b.availableAt || a.id.length - b.id.length || (a.id < b.id ? -1 : 1)
}
