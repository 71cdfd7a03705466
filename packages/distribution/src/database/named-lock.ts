import { setTimeout as wait } from 'node:timers/promises'
import { type Kysely, type RawBuilder, sql } from 'kysely'

const longestMs = 3_600_000
/** Less than a statement may take. */
const secondsAtOnce = 10
const pauseMs = 100

/** Takes a lock of MariaDB or MySQL for this session; throws when another one keeps it for an hour. */
export async function takeNamedLock<Tables>(db: Kysely<Tables>, name: RawBuilder<unknown>): Promise<void> {
  await untilTaken(async () => {
    const { rows } = await sql<{ taken: number | null }>`select get_lock(${name}, ${secondsAtOnce}) as taken`.execute(
      db,
    )
    return rows[0]?.taken === 1
  })
}

/** The same on PostgreSQL, where one that waits would be told after a while that it has waited too long. */
export async function takeAdvisoryLock<Tables>(db: Kysely<Tables>, key: RawBuilder<unknown>): Promise<void> {
  await untilTaken(async () => {
    const { rows } = await sql<{ taken: boolean }>`select pg_try_advisory_lock(${key}) as taken`.execute(db)
    return rows[0]?.taken === true
  })
}

async function untilTaken(tryToTake: () => Promise<boolean>): Promise<void> {
  for (const startedAt = performance.now(); !(await tryToTake()); ) {
    if (performance.now() - startedAt >= longestMs)
      throw new Error('The lock for migrating this database was not given within an hour.')
    await wait(pauseMs)
  }
}
