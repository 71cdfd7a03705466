import { setTimeout as wait } from 'node:timers/promises'
import { eventually } from '../support/eventually.ts'
import type { Crew } from './crew.ts'

type Query = (sql: string) => Promise<readonly unknown[]>

/**
 * Ends the dispatchers and answers the seconds until no job is left, also none of those that they insisted on; undefined
 * when it takes too long.
 */
export async function drainCrew(crew: Crew, query: Query, seconds: number): Promise<number | undefined> {
  const startedAt = performance.now()
  const passed = () => (performance.now() - startedAt) / 1000
  const areTold = await Promise.race([
    crew.endDispatching().then(() => true),
    wait(seconds * 1000, false, { ref: false }),
  ])
  if (!areTold) return undefined
  const isEmpty = async () => (await query(`select id from jobs where queue = 'default' limit 1`)).length === 0
  const wasDrained = await eventually(isEmpty, Math.max(0, seconds - passed())).catch(() => false)
  return wasDrained ? passed() : undefined
}
