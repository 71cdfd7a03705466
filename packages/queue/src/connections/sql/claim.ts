import type { ClaimedJob, ClaimRequest, Row, SqlValue } from '../../connection.ts'
import type { Dialect, Driver, Executor, Fragment } from '../../drivers/driver.ts'
import type { ClaimMark, ClaimMemory } from './claim-memory.ts'
import { catchUp, isExpired, type Looking, lookForOverdue } from './overdue.ts'
import { payloadFilter } from './payload-filter.ts'
import { countForgiven, withCounts } from './side-tables.ts'

/**
 * Reserves due jobs. Ready rows (`reserved_at` is null) are asked for in the order in which they became due; expired ones
 * (not renewed for `retryAfterSeconds`) separately, each answered by an index of its own: when nothing is ready, and once
 * in a while first, since ready ones that keep coming must not make them wait for ever. Payloads are read only for rows
 * that were won.
 *
 * A claim that nobody renewed died with its whole worker, as far as anybody knows, so it is forgiven.
 */
export interface Claiming extends Looking {
  readonly memory: ClaimMemory
}

/** One statement for ready rows where an update can return what it reserved; a transaction for everything else. */
export async function claim(driver: Driver, request: ClaimRequest, claiming: Claiming): Promise<readonly ClaimedJob[]> {
  const inTransaction: InUnit = (unit) => driver.transaction(unit)
  const ready: Ask = (executor, wish) =>
    claiming.dialect.updateReturns
      ? claimReady(executor, wish, claiming)
      : inTransaction((unit) => claimReady(unit, wish, claiming))
  return claimOfQueues(driver, request, { ...claiming, ready, overdue: claimOverdue(inTransaction) })
}

/** The same inside a transaction that is open. */
export function claimIn(executor: Executor, request: ClaimRequest, claiming: Claiming): Promise<readonly ClaimedJob[]> {
  const overdue = claimOverdue((unit) => unit(executor))
  return claimOfQueues(executor, request, { ...claiming, ready: claimReady, overdue })
}

/** Runs what must be done together, or not at all. */
type InUnit = <T>(unit: (executor: Executor) => Promise<T>) => Promise<T>

interface Wish {
  readonly queue: string
  readonly limit: number
  /** A condition on the payload, with `and` before it; empty for all jobs. */
  readonly filter: Fragment
}

type Ask = (executor: Executor, wish: Wish, claiming: Claiming) => Promise<readonly ClaimedJob[]>

interface Asking extends Claiming {
  readonly ready: Ask
  readonly overdue: Ask
}

/** The first queue that has a due job wins. */
async function claimOfQueues(executor: Executor, { queues, limit, ...waiting }: ClaimRequest, asking: Asking) {
  const filter = payloadFilter(asking.dialect, waiting)
  for (const queue of queues) {
    const claimed = await claimOfQueue(executor, { queue, limit, filter }, asking)
    if (claimed.length > 0) return claimed
  }
  return []
}

async function claimOfQueue(executor: Executor, wish: Wish, asking: Asking): Promise<readonly ClaimedJob[]> {
  const { memory, overdue, ready } = asking
  const isOverdueFirst = memory.mustAskExpired(wish.queue)
  const first = isOverdueFirst ? await overdue(executor, wish, asking) : []
  if (first.length > 0) return first
  const jobs = await ready(executor, wish, asking)
  return jobs.length > 0 || isOverdueFirst ? jobs : overdue(executor, wish, asking)
}

/** What the clock left behind is ready, or begins anew, by the next claim. */
function claimOverdue(inUnit: InUnit): Ask {
  return async (executor, wish, claiming) => {
    const startedAt = performance.now()
    const { hasExpired, isLeftBehind } = await lookForOverdue(executor, wish, claiming)
    if (isLeftBehind) await inUnit((unit) => catchUp(unit, claiming.dialect, wish.queue))
    // When there are more than one claim takes, the next claim asks again.
    if (!hasExpired) claiming.memory.hasAskedExpired(wish.queue, startedAt)
    return hasExpired ? inUnit((unit) => claimExpired(unit, wish, claiming)) : []
  }
}

async function claimExpired(executor: Executor, wish: Wish, claiming: Claiming): Promise<readonly ClaimedJob[]> {
  const { dialect, retryAfterSeconds, memory } = claiming
  const startedAt = performance.now()
  const reserved = await reserve(executor, dialect, {
    where: isExpired(dialect),
    // The index gives this order; a finer one would be sorted, and what is sorted is locked first.
    order: 'reserved_at',
    wish,
    parameters: [retryAfterSeconds],
  })
  const jobs = reserved.map(({ job }) => job)
  if (jobs.length === 0) memory.hasAskedExpired(wish.queue, startedAt)
  await countForgiven(
    executor,
    dialect,
    jobs.map(({ id }) => id),
  )
  return withCounts(executor, dialect, jobs)
}

async function claimReady(executor: Executor, wish: Wish, claiming: Claiming): Promise<readonly ClaimedJob[]> {
  const reserved = claiming.dialect.walksDeletedRows
    ? await claimOnward(executor, wish, claiming)
    : await claimFromTheStart(executor, claiming.dialect, wish)
  return withCounts(
    executor,
    claiming.dialect,
    reserved.map(({ job }) => job),
  )
}

/** Beyond what was claimed last; from the start when there is nothing, or when it is time. */
async function claimOnward(executor: Executor, wish: Wish, { dialect, memory }: Claiming) {
  const mark = memory.markOf(wish.queue)
  const beyond = mark ? await claimBeyond(executor, dialect, { ...wish, mark }) : []
  const last = beyond.at(-1)
  if (last) {
    memory.hasClaimed(wish.queue, last)
    return beyond
  }
  const startedAt = performance.now()
  const reserved = await claimFromTheStart(executor, dialect, wish)
  memory.hasStartedOver(wish.queue, reserved.at(-1), startedAt)
  return reserved
}

function claimFromTheStart(executor: Executor, dialect: Dialect, wish: Wish) {
  return reserve(executor, dialect, {
    where: `reserved_at is null and available_at <= ${dialect.nowUnixSeconds}`,
    order: 'available_at, id',
    wish,
    parameters: [],
  })
}

function claimBeyond(executor: Executor, dialect: Dialect, { mark, ...wish }: Wish & { mark: ClaimMark }) {
  if (!dialect.comparesRows) return claimInTwoRanges(executor, dialect, { ...wish, mark })
  return reserve(executor, dialect, {
    where: `reserved_at is null and (available_at, id) > (?, ?) and available_at <= ${dialect.nowUnixSeconds}`,
    order: 'available_at, id',
    wish,
    parameters: [mark.availableAt, mark.id],
  })
}

/** The rest of the mark's second and what came later: one condition would be no range of the index. */
async function claimInTwoRanges(executor: Executor, dialect: Dialect, { mark, ...wish }: Wish & { mark: ClaimMark }) {
  const sameSecond = await reserve(executor, dialect, {
    // The clock may have been set back since.
    where: `reserved_at is null and available_at = ? and available_at <= ${dialect.nowUnixSeconds} and id > ?`,
    order: 'id',
    wish,
    parameters: [mark.availableAt, mark.id],
  })
  if (sameSecond.length >= wish.limit) return sameSecond
  const later = await reserve(executor, dialect, {
    where: `reserved_at is null and available_at > ? and available_at <= ${dialect.nowUnixSeconds}`,
    order: 'available_at, id',
    wish: { ...wish, limit: wish.limit - sameSecond.length },
    parameters: [mark.availableAt],
  })
  return [...sameSecond, ...later]
}

interface DueRows {
  readonly wish: Wish
  /** Beside the queue and the filter. */
  readonly where: string
  readonly order: string
  /** Those of `where`. */
  readonly parameters: readonly SqlValue[]
}

/** A job that was reserved, with the place it had in the order. */
interface ReservedJob extends ClaimMark {
  readonly job: ClaimedJob
}

const columns = 'id, payload, attempts, available_at'

async function reserve(executor: Executor, dialect: Dialect, due: DueRows): Promise<readonly ReservedJob[]> {
  const { queue, limit, filter } = due.wish
  const reserved = (row: Row, attempts: number): ReservedJob => {
    const job = claimedJob(row, { queue, attempts, dialect })
    return { id: job.id, availableAt: Number(row.available_at), job }
  }
  if (dialect.updateReturns) {
    const condition = `queue = ? and ${due.where} ${filter.sql}`
    const rest = `where ${condition} order by ${due.order} limit ? ${dialect.lockClause}`
    const parameters = [queue, ...due.parameters, ...filter.parameters, limit]
    const { rows } = await executor.query(
      `${markReserved(dialect)} where id ${dialect.oneOfSelect(`select id from jobs ${rest}`)} returning ${columns}`,
      parameters,
    )
    return rows.map((row) => reserved(row, Number(row.attempts))).sort(inOrder)
  }
  const rows = await lockRows(executor, dialect, due)
  if (rows.length === 0) return []
  const { sql, parameters: ids } = dialect.oneOf(rows.map((row) => String(row.id)))
  await executor.query(`${markReserved(dialect)} where id ${sql}`, ids)
  return rows.map((row) => reserved(row, countedOnce(Number(row.attempts), dialect)))
}

/** Rows that the filter leaves out are not locked: others look for them meanwhile. */
async function lockRows(executor: Executor, dialect: Dialect, due: DueRows): Promise<readonly Row[]> {
  const { where, order } = due
  const { queue, limit, filter } = due.wish
  const rest = `order by ${order} limit ?`
  const parameters = [queue, ...due.parameters]
  const from = `from jobs ${dialect.claimHint} where queue = ? and ${where}`
  if (filter.sql === '') {
    const locking = `select ${columns} ${from} ${rest} ${dialect.lockClause}`
    return (await executor.query(locking, [...parameters, limit])).rows
  }
  const looking = `select id ${from} ${filter.sql} ${rest}`
  const { rows: found } = await executor.query(looking, [...parameters, ...filter.parameters, limit])
  if (found.length === 0) return []
  const { sql, parameters: ids } = dialect.oneOf(found.map((row) => String(row.id)))
  const { rows } = await executor.query(
    `select ${columns} from jobs ${dialect.idHint}
     where id ${sql} and queue = ? and ${where}
     order by ${order} ${dialect.lockClause}`,
    [...ids, ...parameters],
  )
  return rows
}

/** A row at the limit would be refused, and with it all others: it is claimed without being counted, only to fail. */
function markReserved({ nowUnixSeconds, maxAttempts, idHint }: Dialect): string {
  return `
    update jobs ${idHint}
    set reserved_at = ${nowUnixSeconds},
      attempts = case when attempts < ${maxAttempts} then attempts + 1 else attempts end`
}

/** What `markReserved` makes of it: a row that another one wrote may be beyond the limit, and stays there. */
function countedOnce(attempts: number, { maxAttempts }: Dialect): number {
  return attempts < maxAttempts ? attempts + 1 : attempts
}

interface Claim {
  readonly queue: string
  readonly attempts: number
  readonly dialect: Dialect
}

/** Without what is counted beside the row. */
export function claimedJob(row: Row, { queue, attempts, dialect: { maxAttempts } }: Claim): ClaimedJob {
  const job = { id: String(row.id), queue, payload: payloadText(row.payload), attempts, forgiven: 0, crashes: 0 }
  return attempts < maxAttempts ? job : { ...job, isExhausted: true }
}

/** A column of another type may hold bytes, or JSON that the client has read: what was written is kept. */
function payloadText(value: unknown): string {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? Buffer.from(value).toString() : JSON.stringify(value)
}

/** An update returns its rows in any order. Ids have more digits than a number holds exactly. */
function inOrder(a: ReservedJob, b: ReservedJob): number {
  return a.availableAt - b.availableAt || a.id.length - b.id.length || (a.id < b.id ? -1 : 1)
}
