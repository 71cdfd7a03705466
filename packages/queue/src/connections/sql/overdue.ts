import { toleratedSeconds } from '../../clock.ts'
import type { Dialect, Executor, Fragment } from '../../drivers/driver.ts'
import type { ClockWatch } from './clock-watch.ts'

/**
 * A look at what the order of ready jobs does not show: reservations that nobody renewed, and rows that the database's
 * clock has left behind because it was set back. A reservation that lies ahead begins anew, now: a holder that is alive
 * renews it as before, and of one that is dead the job comes back after `retryAfterSeconds`. A job that was due when it
 * was pushed is due.
 */
export interface Looking {
  readonly dialect: Dialect
  readonly retryAfterSeconds: number
  readonly clock: ClockWatch
}

export interface Overdue {
  readonly hasExpired: boolean
  readonly isLeftBehind: boolean
}

/** Takes the seconds after which a reservation is over. */
export const isExpired = (dialect: Dialect) =>
  `reserved_at is not null and reserved_at <= ${dialect.nowUnixSeconds} - ?`

/** Only in the near future: what lies behind so many delayed jobs is found when they are gone. */
const nextDelayed = 100

const isReservedAhead = ({ nowUnixSeconds }: Dialect) => `reserved_at > ${nowUnixSeconds} + ${toleratedSeconds}`

const isWaitingAhead = ({ nowUnixSeconds }: Dialect) =>
  `reserved_at is null and available_at > ${nowUnixSeconds} + ${toleratedSeconds}`

/** Its moment was that of its push. */
const wasDueAtOnce = 'available_at <= created_at'

/** Expression: 1 when the clock has left rows of the queue behind. Takes the queue twice. */
export function leftBehind(dialect: Dialect): string {
  return `case
    when exists (select 1 from jobs where queue = ? and ${isReservedAhead(dialect)}) then 1
    when exists (select 1 from (${selectDelayed(dialect)}) as later where ${wasDueAtOnce}) then 1
    else 0
  end`
}

const selectDelayed = (dialect: Dialect) => `
  select id, available_at, created_at from jobs ${dialect.claimHint}
  where queue = ? and ${isWaitingAhead(dialect)}
  order by available_at
  limit ${nextDelayed}`

export async function lookForOverdue(
  executor: Executor,
  { queue, filter }: { readonly queue: string; readonly filter: Fragment },
  { dialect, retryAfterSeconds, clock }: Looking,
): Promise<Overdue> {
  const sentAt = performance.now()
  const { rows } = await executor.query(
    `select
       case
         when exists (select 1 from jobs where queue = ? and ${isExpired(dialect)} ${filter.sql}) then 1
         else 0
       end as has_expired,
       ${leftBehind(dialect)} as is_left_behind,
       ${dialect.nowPrecise} as now`,
    [queue, retryAfterSeconds, ...filter.parameters, queue, queue],
  )
  clock.hasRead({ now: Number(rows[0]?.now), sentAt })
  return {
    hasExpired: Number(rows[0]?.has_expired) === 1 && clock.isBelieved,
    isLeftBehind: Number(rows[0]?.is_left_behind) === 1,
  }
}

const mostAtOnce = 1_000

/** In a transaction. Rows that another one holds are left to it. */
export async function catchUp(executor: Executor, dialect: Dialect, queue: string): Promise<void> {
  const { rows: reserved } = await executor.query(
    `select id from jobs where queue = ? and ${isReservedAhead(dialect)}
     order by reserved_at limit ${mostAtOnce} ${dialect.lockClause}`,
    [queue],
  )
  await setToNow(executor, dialect, { column: 'reserved_at', ids: idsOf(reserved), where: isReservedAhead(dialect) })
  const { rows: waiting } = await executor.query(
    `select id from (${selectDelayed(dialect)}) as later where ${wasDueAtOnce}`,
    [queue],
  )
  await setToNow(executor, dialect, { column: 'available_at', ids: idsOf(waiting), where: isWaitingAhead(dialect) })
}

interface Moving {
  readonly column: 'reserved_at' | 'available_at'
  readonly ids: readonly string[]
  /** Still holds. */
  readonly where: string
}

async function setToNow(executor: Executor, dialect: Dialect, { column, ids, where }: Moving): Promise<void> {
  if (ids.length === 0) return
  const { sql, parameters } = dialect.oneOf(ids)
  await executor.query(
    `update jobs ${dialect.idHint} set ${column} = ${dialect.nowUnixSeconds} where id ${sql} and ${where}`,
    parameters,
  )
}

function idsOf(rows: readonly { readonly id?: unknown }[]): readonly string[] {
  return rows.map(({ id }) => String(id))
}
