import type { ClaimedJob, Reservation, Row } from '../../connection.ts'
import type { Dialect, Executor } from '../../drivers/driver.ts'
import { claimedJob } from './claim.ts'
import { byId } from './finish.ts'
import { countCrashes, countForgiven, countsOf, crashesOf } from './side-tables.ts'

/**
 * What is done with the jobs of a process that ended, by another one that knows its reservations. In a transaction the
 * rows are locked before they change, all in one statement and in the order of their ids, whatever their attempts.
 */
export interface Forgiving {
  readonly reservations: readonly Reservation[]
  readonly areSuspects: boolean
}

export interface Forgiven {
  readonly lost: readonly Reservation[]
  /** Those that have a job now. */
  readonly queues: ReadonlySet<string>
}

export async function forgive(
  executor: Executor,
  dialect: Dialect,
  { reservations, areSuspects }: Forgiving,
): Promise<Forgiven> {
  const rows = await findCurrent(executor, dialect, { reservations, columns: 'queue', lock: dialect.rowLock })
  if (rows.size === 0) return { lost: reservations, queues: new Set() }
  const ids = [...rows.keys()]
  const { sql, parameters } = dialect.oneOf(ids)
  await executor.query(`update jobs ${dialect.idHint} set reserved_at = null where id ${sql}`, parameters)
  await countForgiven(executor, dialect, ids)
  if (areSuspects) await countCrashes(executor, dialect, ids)
  return {
    lost: reservations.filter((reservation) => !isAmong(rows, reservation)),
    queues: new Set([...rows.values()].map(({ queue }) => String(queue))),
  }
}

export async function countCrash(
  executor: Executor,
  dialect: Dialect,
  reservation: Reservation,
): Promise<number | undefined> {
  const { id } = reservation
  const lock = dialect.rowLock
  const rows = await findCurrent(executor, dialect, { reservations: [reservation], columns: 'queue', lock })
  if (rows.size === 0) return undefined
  await countCrashes(executor, dialect, [id])
  return crashesOf(executor, id)
}

export async function reserved(
  executor: Executor,
  dialect: Dialect,
  reservations: readonly Reservation[],
): Promise<readonly ClaimedJob[]> {
  const rows = await findCurrent(executor, dialect, { reservations, columns: 'queue, payload', lock: '' })
  if (rows.size === 0) return []
  const counts = await countsOf(executor, dialect, [...rows.keys()])
  return [...rows].map(([id, row]) => {
    const job = claimedJob(row, { queue: String(row.queue), attempts: Number(row.attempts), dialect })
    return { ...job, ...counts(id) }
  })
}

interface Look {
  readonly reservations: readonly Reservation[]
  /** Beside those that tell whether a reservation is current. */
  readonly columns: string
  /** Ends the statement. */
  readonly lock: string
}

/** By id, in their order. */
async function findCurrent(
  executor: Executor,
  dialect: Dialect,
  { reservations, columns, lock }: Look,
): Promise<ReadonlyMap<string, Row>> {
  const { sql, parameters } = dialect.oneOf(reservations.map(({ id }) => id).sort(byId))
  const { rows } = await executor.query(
    `select id, attempts, ${columns} from jobs ${dialect.idHint}
     where id ${sql} and reserved_at is not null
     order by id ${lock}`,
    parameters,
  )
  const found = new Map(rows.map((row) => [String(row.id), row]))
  const current = new Set(reservations.filter((reservation) => isAmong(found, reservation)).map(({ id }) => id))
  return new Map([...found].filter(([id]) => current.has(id)))
}

function isAmong(rows: ReadonlyMap<string, Row>, { id, attempts }: Reservation): boolean {
  return Number(rows.get(id)?.attempts) === attempts
}
