import { randomUUID } from 'node:crypto'
import type { BatchMember, FollowUp, NewFailure, Reservation } from '../../connection.ts'
import type { Dialect, Driver, Executor } from '../../drivers/driver.ts'
import { countCompleted, countFailed } from './batch-counts.ts'
import { push } from './push.ts'
import { forget, forgetClaimedAgain } from './side-tables.ts'

/**
 * The writes after a claim. Each names the reservation and tells whose was not the current one any more: a worker that
 * comes late (its reservation expired and another claimed the job, or it already ended it) changes nothing. Many
 * reservations are one statement for each number of attempts, and nearly all have the same.
 */
const isCurrent = 'attempts = ? and reserved_at is not null'

/** Deletes the rows; inside a transaction where `deleteReturns` is false. */
export async function complete(
  executor: Executor,
  dialect: Dialect,
  reservations: readonly Reservation[],
): Promise<readonly Reservation[]> {
  const remove = dialect.deleteReturns ? deleteReturning : lockAndDelete
  const lost = new Set(await eachGroup(reservations, (group) => remove(executor, dialect, group)))
  // Of a job that another worker holds, what it is forgiven stays.
  await forgetClaimedAgain(
    executor,
    dialect,
    reservations.filter((reservation) => !lost.has(reservation)),
  )
  return [...lost]
}

/**
 * The same where nearly always each of them is current: who is lost is not asked, but throws a `LostReservationError`, and
 * the transaction must be rolled back.
 */
export async function completeAll(
  executor: Executor,
  dialect: Dialect,
  reservations: readonly Reservation[],
): Promise<void> {
  await eachGroup(reservations, async ({ ids, attempts }) => {
    const { sql, parameters } = dialect.oneOf(ids)
    const { changes } = await executor.query(`${dialect.deleteFromJobs} where id ${sql} and ${isCurrent}`, [
      ...parameters,
      attempts,
    ])
    if (changes !== ids.length) throw new LostReservationError()
    return []
  })
  await forgetClaimedAgain(executor, dialect, reservations)
}

/** At least one reservation was not the current one of its job. */
export class LostReservationError extends Error {
  override readonly name = 'LostReservationError'
}

export async function renew(
  executor: Executor,
  dialect: Dialect,
  reservations: readonly Reservation[],
): Promise<readonly Reservation[]> {
  return eachGroup(reservations, async (group) => {
    const { sql, parameters } = dialect.oneOf(group.ids)
    const where = `id ${sql} and ${isCurrent}`
    const values = [...parameters, group.attempts]
    const { changes } = await executor.query(
      `update jobs ${dialect.idHint} set reserved_at = ${dialect.nowUnixSeconds} where ${where}`,
      values,
    )
    if (changes === group.ids.length) return []
    return missing(group.ids, (await executor.query(`select id from jobs where ${where}`, values)).rows)
  })
}

/** In a transaction: the rows are locked before they change, so that each that changes is known. */
export async function unclaim(
  executor: Executor,
  dialect: Dialect,
  { reservations, delaySeconds }: { readonly reservations: readonly Reservation[]; readonly delaySeconds: number },
): Promise<readonly Reservation[]> {
  return eachGroup(reservations, async (group) => {
    const current = await lockCurrent(executor, dialect, group)
    if (current.length > 0) {
      const { sql, parameters } = dialect.oneOf(current)
      // A claim at the limit was not counted.
      await executor.query(
        `update jobs ${dialect.idHint}
         set reserved_at = null,
           attempts = case when attempts < ${dialect.maxAttempts} then attempts - 1 else attempts end
           ${delaySeconds > 0 ? `, available_at = ${dialect.nowUnixSeconds} + ?` : ''}
         where id ${sql}`,
        [...(delaySeconds > 0 ? [delaySeconds] : []), ...parameters],
      )
    }
    return missing(
      group.ids,
      current.map((id) => ({ id })),
    )
  })
}

/** The row stays, with its payload verbatim and its attempts counted. */
export async function release(driver: Driver, reservation: Reservation, delaySeconds: number): Promise<boolean> {
  const { nowUnixSeconds } = await driver.dialect()
  const { changes } = await driver.query(
    `update jobs
     set reserved_at = null, available_at = ${nowUnixSeconds} + ?
     where id = ? and ${isCurrent}`,
    [delaySeconds, reservation.id, reservation.attempts],
  )
  return changes === 1
}

export interface Conclusion {
  readonly reservation: Reservation
  readonly followUp: FollowUp
}

/** In a transaction: deletes the row, pushes the job that follows and counts the batch, all or nothing. */
export async function conclude(
  executor: Executor,
  dialect: Dialect,
  { reservation, followUp: { next, batch } }: Conclusion,
): Promise<boolean> {
  const lost = await complete(executor, dialect, [reservation])
  if (lost.length > 0) return false
  if (next) await push(executor, dialect, [next])
  if (batch) await countCompleted(executor, dialect, batch)
  return true
}

export interface FailureInBatch {
  readonly failure: NewFailure
  readonly batch: BatchMember | undefined
}

/** Out of `jobs` and into `failed_jobs` in one transaction, so that a crash leaves the job in exactly one of them. */
export async function fail(
  driver: Driver,
  reservation: Reservation,
  { failure, batch }: FailureInBatch,
): Promise<boolean> {
  const dialect = await driver.dialect()
  try {
    await driver.transaction(async (executor) => {
      await recordFailure(executor, dialect, { reservation, failure })
      await completeAll(executor, dialect, [reservation])
      // It may have failed for how its first claim ended: that is counted too.
      if (reservation.attempts === 1) await forget(executor, dialect, [reservation])
      if (batch) await countFailed(executor, dialect, batch)
    })
    return true
  } catch (error) {
    if (error instanceof LostReservationError) return false
    throw error
  }
}

export async function recordLateFailure(driver: Driver, failure: NewFailure): Promise<void> {
  const dialect = await driver.dialect()
  await driver.transaction((executor) => recordFailure(executor, dialect, { failure }))
}

interface NewRecord {
  readonly failure: NewFailure
  /** Of the job, when it still has a row. */
  readonly reservation?: Reservation
}

/**
 * The newest exception of one job is kept. Another job may have been given the same uuid: its failure must not be
 * overwritten, so this one gets a uuid of its own. Two at once are told by the unique key, and one of them begins again.
 *
 * The payload of a job that has a row is copied by the database: what could be stored with the job need not be as small as
 * a statement that holds its exception too.
 */
async function recordFailure(executor: Executor, dialect: Dialect, { failure, reservation }: NewRecord): Promise<void> {
  const { uuid, connection, queue, respelledPayload, exception } = failure
  const payload = respelledPayload ?? failure.payload
  const { rows } = await executor.query('select payload from failed_jobs where uuid = ?', [uuid])
  if (rows[0]?.payload === payload) {
    const set = `exception = ?, failed_at = ${dialect.nowUtc}`
    await executor.query(`update failed_jobs set ${set} where uuid = ?`, [exception, uuid])
    return
  }
  const isCopied = reservation !== undefined && respelledPayload === undefined
  const { changes } = await executor.query(
    `insert into failed_jobs (uuid, connection, queue, payload, exception, failed_at)
     select ?, ?, ?, ${isCopied ? 'payload' : '?'}, ?, ${dialect.nowUtc}
     ${reservation ? `from jobs where id = ? and ${isCurrent}` : ''}`,
    [
      rows.length === 0 ? uuid : randomUUID(),
      connection,
      queue,
      ...(isCopied ? [] : [payload]),
      exception,
      ...(reservation ? [reservation.id, reservation.attempts] : []),
    ],
  )
  if (changes === 0) throw new LostReservationError()
}

interface Group {
  readonly attempts: number
  readonly ids: readonly string[]
}

async function deleteReturning(executor: Executor, dialect: Dialect, { ids, attempts }: Group) {
  const { sql, parameters } = dialect.oneOf(ids)
  const { rows } = await executor.query(`delete from jobs where id ${sql} and ${isCurrent} returning id`, [
    ...parameters,
    attempts,
  ])
  return missing(ids, rows)
}

async function lockAndDelete(executor: Executor, dialect: Dialect, group: Group) {
  const current = await lockCurrent(executor, dialect, group)
  if (current.length > 0) {
    const { sql, parameters } = dialect.oneOf(current)
    await executor.query(`${dialect.deleteFromJobs} where id ${sql}`, parameters)
  }
  return missing(
    group.ids,
    current.map((id) => ({ id })),
  )
}

async function lockCurrent(executor: Executor, dialect: Dialect, { ids, attempts }: Group): Promise<readonly string[]> {
  const { sql, parameters } = dialect.oneOf(ids)
  const { rows } = await executor.query(
    `select id from jobs ${dialect.idHint} where id ${sql} and ${isCurrent} ${dialect.rowLock}`,
    [...parameters, attempts],
  )
  return rows.map((row) => String(row.id))
}

/** One statement for each number of attempts, in the order of the ids, so that two who lock the same rows lock them in the same order. */
async function eachGroup(
  reservations: readonly Reservation[],
  act: (group: Group) => Promise<readonly string[]>,
): Promise<readonly Reservation[]> {
  const lost: Reservation[] = []
  for (const [attempts, group] of Map.groupBy(reservations, (reservation) => reservation.attempts)) {
    const ids = group.map(({ id }) => id).sort(byId)
    const lostIds = new Set(await act({ attempts, ids }))
    if (lostIds.size > 0) lost.push(...group.filter(({ id }) => lostIds.has(id)))
  }
  return lost
}

/** Ids have more digits than a number holds exactly. */
export function byId(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1)
}

function missing(ids: readonly string[], rows: readonly { readonly id?: unknown }[]): readonly string[] {
  if (rows.length === ids.length) return []
  const found = new Set(rows.map(({ id }) => String(id)))
  return ids.filter((id) => !found.has(id))
}
