import type { Waiting } from '../../connection.ts'
import type { Executor } from '../../drivers/driver.ts'
import { type Looking, leftBehind } from './overdue.ts'
import { payloadFilter } from './payload-filter.ts'

/**
 * The earliest of the ready rows and of the reserved ones of each queue, each the first entry of an index; now, when the
 * clock was set back and left some behind.
 */
export async function nextDue(
  executor: Executor,
  { queues, ...waiting }: Waiting,
  { dialect, retryAfterSeconds, clock }: Looking,
): Promise<number | undefined> {
  const filter = payloadFilter(dialect, waiting)
  const first = (column: string, where: string) =>
    `(select ${column} from jobs ${dialect.claimHint} where queue = ? and ${where} ${filter.sql} order by ${column} limit 1)`
  const ofQueue = `
    select ${first('available_at', 'reserved_at is null')} as ready_at,
      ${first('reserved_at', 'reserved_at is not null')} as reserved_at,
      ${leftBehind(dialect)} as is_left_behind,
      ${dialect.nowPrecise} as now`
  const sentAt = performance.now()
  const { rows } = await executor.query(
    queues.map(() => ofQueue).join(' union all '),
    queues.flatMap((queue) => [queue, ...filter.parameters, queue, ...filter.parameters, queue, queue]),
  )
  const [anyOf] = rows
  if (anyOf) clock.hasRead({ now: Number(anyOf.now), sentAt })
  const moments = rows.flatMap((row) => [
    ...(row.ready_at === null ? [] : [Number(row.ready_at) - Number(row.now)]),
    ...(row.reserved_at === null ? [] : [Number(row.reserved_at) + retryAfterSeconds - Number(row.now)]),
    ...(Number(row.is_left_behind) === 1 ? [0] : []),
  ])
  return moments.length === 0 ? undefined : Math.max(0, Math.min(...moments))
}
