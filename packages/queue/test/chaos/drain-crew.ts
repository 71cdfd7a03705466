import { setTimeout as wait } from 'node:timers/promises'
import { comesTrue } from '../support/eventually.ts'
import type { Crew } from './crew.ts'

/** The pause of a worker before its next try, after a long outage. */
export const longestPauseSeconds = 7.5

type Query = (sql: string) => Promise<readonly unknown[]>

/**
 * Ends the dispatchers and answers the seconds since then until no job is left, also none of those that they insisted on;
 * undefined when it takes too long. Then waits for what workers still have to tell, which may be of jobs of others by now.
 */
export async function drainCrew(
  crew: Crew,
  query: Query,
  { since, seconds, deadline }: { readonly since: number; readonly seconds: number; readonly deadline: number },
): Promise<number | undefined> {
  const passed = () => (performance.now() - since) / 1000
  const areTold = await Promise.race([
    crew.endDispatching().then(() => true),
    wait(Math.max(0, seconds - passed()) * 1000, false, { ref: false }),
  ])
  if (!areTold) return undefined
  const isEmpty = async () => (await query(`select id from jobs where queue = 'default' limit 1`)).length === 0
  const wasDrained = await comesTrue(isEmpty, Math.max(0, seconds - passed()))
  const drainedAfter = passed()
  await comesTrue(() => crew.forgotten.length === 0, deadline + longestPauseSeconds)
  return wasDrained ? drainedAfter : undefined
}
