import { setTimeout as wait } from 'node:timers/promises'
import { CompiledQuery } from 'kysely'
import { type DatabaseAddress, openDatabase } from '../database/open-database.ts'

/** Runs statements on a connection of their own. None of them is logged: they may hold a password. */
export async function runAlone(address: DatabaseAddress, texts: readonly string[]): Promise<void> {
  await untilThereIsRoom(async () => {
    await using db = await openDatabase<unknown>(address, { connections: 1 })
    for (const text of texts) await db.executeQuery(CompiledQuery.raw(text))
  })
}

/** Pauses before the server is asked again, in milliseconds; about ten seconds together. */
const pausesMs = [100, 200, 400, 800, 1_600, 3_200, 3_200]

/** A server that has too many connections is asked again, later each time, and not by all who wait at the same moment. */
export async function untilThereIsRoom<Result>(work: () => Promise<Result>, pauses = pausesMs): Promise<Result> {
  for (const pauseMs of pauses) {
    try {
      return await work()
    } catch (error) {
      if (!isFull(error)) throw error
      await wait(pauseMs * (0.5 + Math.random()))
    }
  }
  return work()
}

const full: readonly unknown[] = [
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_USER_LIMIT_REACHED',
  '53300',
]

/** True when the server, or a limit of the user, has no connection left. */
function isFull(error: unknown): boolean {
  return full.includes(Object(error).code)
}
