import { randomUUID } from 'node:crypto'
import type { NewFailure, Reservation } from '../../connection.ts'
import type { Dialect, Driver, Executor } from '../../drivers/driver.ts'

/**
 * The writes after a claim. Each names the reservation and answers whether it still was the current one: a worker that
 * comes late (its reservation expired and another claimed the job, or it already ended it) changes nothing.
 */
const current = 'id = ? and attempts = ? and reserved_at is not null'

export async function complete(executor: Executor, reservation: Reservation): Promise<boolean> {
  const { changes } = await executor.query(`delete from jobs where ${current}`, keyOf(reservation))
  return changes === 1
}

export async function renew(executor: Executor, dialect: Dialect, reservation: Reservation): Promise<boolean> {
  const { changes } = await executor.query(
    `update jobs set reserved_at = ${dialect.nowUnixSeconds} where ${current}`,
    keyOf(reservation),
  )
  return changes === 1
}

/** The row stays, with its payload verbatim and its attempts counted. */
export async function release(driver: Driver, reservation: Reservation, delaySeconds: number): Promise<boolean> {
  const { changes } = await driver.query(
    `update jobs
     set reserved_at = null, available_at = ${driver.dialect.nowUnixSeconds} + ?
     where ${current}`,
    [delaySeconds, ...keyOf(reservation)],
  )
  return changes === 1
}

/** Out of `jobs` and into `failed_jobs` in one transaction, so that a crash leaves the job in exactly one of them. */
export function fail(driver: Driver, reservation: Reservation, failure: NewFailure): Promise<boolean> {
  return driver.transaction(async (executor) => {
    if (!(await complete(executor, reservation))) return false
    const uuid = await freeUuid(executor, failure)
    await executor.query(
      `insert into failed_jobs (uuid, connection, queue, payload, exception, failed_at)
       values (?, ?, ?, ?, ?, ${driver.dialect.nowUtc})
       ${driver.dialect.replaceFailure}`,
      [uuid, failure.connection, failure.queue, failure.payload, failure.exception],
    )
    return true
  })
}

/** Another job may have been given the same uuid: its failure must not be overwritten. */
async function freeUuid(executor: Executor, { uuid, payload }: NewFailure): Promise<string> {
  const { rows } = await executor.query('select payload from failed_jobs where uuid = ?', [uuid])
  return rows.length === 0 || rows[0]?.payload === payload ? uuid : randomUUID()
}

function keyOf(reservation: Reservation): [string, number] {
  return [reservation.id, reservation.attempts]
}
