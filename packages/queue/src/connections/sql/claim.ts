import type { ClaimedJob, ClaimRequest, Row } from '../../connection.ts'
import type { Driver, Executor } from '../../drivers/driver.ts'

/**
 * Reserves due jobs. Ready rows (`reserved_at` is null) and expired ones (not renewed for `retryAfterSeconds`) are asked
 * for separately, each answered by an index of its own; ready ones in the order in which they became due. Payloads are
 * read only for rows that were won. A look without a transaction comes first, so that an idle worker locks nothing.
 */
export async function claim(
  driver: Driver,
  request: ClaimRequest,
  retryAfterSeconds: number,
): Promise<readonly ClaimedJob[]> {
  for (const queue of request.queues) {
    const wish = { queue, limit: request.limit, retryAfterSeconds }
    if ((await findDue(driver, driver, wish)).length === 0) continue
    const claimed = await driver.transaction(async (executor) =>
      reserve(executor, await findDue(executor, driver, wish), driver),
    )
    if (claimed.length > 0) return claimed
  }
  return []
}

interface Wish {
  readonly queue: string
  readonly limit: number
  readonly retryAfterSeconds: number
}

type Identified = Pick<Driver, 'dialect'>

/** Expired ones first: there are few, and ready ones that keep coming must not make them wait for ever. */
async function findDue(executor: Executor, { dialect }: Identified, wish: Wish): Promise<readonly unknown[]> {
  const expired = await executor.query(
    `select id
     from jobs
     where queue = ? and reserved_at is not null and reserved_at <= ${dialect.nowUnixSeconds} - ?
     order by reserved_at, id
     limit ?
     ${dialect.lockClause}`,
    [wish.queue, wish.retryAfterSeconds, wish.limit],
  )
  if (expired.rows.length === wish.limit) return expired.rows.map(idOf)
  const ready = await executor.query(
    `select id
     from jobs
     where queue = ? and reserved_at is null and available_at <= ${dialect.nowUnixSeconds}
     order by available_at, id
     limit ?
     ${dialect.lockClause}`,
    [wish.queue, wish.limit - expired.rows.length],
  )
  return [...expired.rows, ...ready.rows].map(idOf)
}

async function reserve(
  executor: Executor,
  ids: readonly unknown[],
  { dialect }: Identified,
): Promise<readonly ClaimedJob[]> {
  if (ids.length === 0) return []
  const parameters = ids.map(String)
  const marks = parameters.map(() => '?').join(', ')
  await executor.query(
    `update jobs
     set reserved_at = ${dialect.nowUnixSeconds}, attempts = attempts + 1
     where id in (${marks})`,
    parameters,
  )
  const { rows } = await executor.query(
    `select id, queue, payload, attempts
     from jobs
     where id in (${marks})
     order by available_at, id`,
    parameters,
  )
  return rows.map(claimedJob)
}

function idOf(row: Row): unknown {
  return row.id
}

function claimedJob(row: Row): ClaimedJob {
  return {
    id: String(row.id),
    queue: String(row.queue),
    payload: String(row.payload),
    attempts: Number(row.attempts),
  }
}
