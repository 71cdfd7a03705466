/**
 * What a queue's tables hold, as lines that two runs of the same thing have in common: without ids, without uuids that
 * were not chosen, and with moments as coarse distances from now.
 */
export type StoredState = Readonly<Record<string, readonly string[]>>

type Query = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** Moments that lie less than this apart are the same. */
const secondsOfStep = 20_000

interface Table {
  readonly name: string
  readonly select: string
}

/** The names of columns are given: one of them is a word of the language on some databases. */
export function storedState(query: Query, keyColumn: string): { read(): Promise<StoredState>; clear(): Promise<void> } {
  const tables: readonly Table[] = [
    { name: 'jobs', select: 'select queue, payload, attempts, reserved_at, available_at from jobs' },
    { name: 'failed_jobs', select: 'select uuid, queue, payload, exception from failed_jobs' },
    {
      name: 'job_batches',
      select: `select name, total_jobs, pending_jobs, failed_jobs, failed_job_ids, cancelled_at, finished_at from job_batches`,
    },
    { name: 'cache', select: `select ${keyColumn} as name, value, expiration from cache` },
    { name: 'cache_locks', select: `select ${keyColumn} as name, expiration from cache_locks` },
    ...['queue_expired', 'queue_crashes'].map((name) => ({
      name,
      select: `select times, (select payload from jobs where id = job_id) as payload from ${name}`,
    })),
    { name: 'queue_slots', select: 'select name, slot, owner, expires_at from queue_slots' },
  ]
  return {
    read: async () => {
      const now = Date.now() / 1000
      const state: Record<string, readonly string[]> = {}
      for (const { name, select } of tables) state[name] = (await query(select)).map((row) => lineOf(row, now)).sort()
      return state
    },
    clear: async () => {
      // One transaction is one wait for the disk.
      await query('begin')
      for (const { name } of tables) await query(`delete from ${name}`)
      await query('commit')
    },
  }
}

function lineOf(row: Readonly<Record<string, unknown>>, now: number): string {
  return withoutChance(
    Object.entries(row)
      .map(([name, value]) => `${name}=${textOf(name, value, now)}`)
      .join(' '),
  )
}

function textOf(name: string, value: unknown, now: number): string {
  const isMoment = /_at$|^expiration$/.test(name) && value !== null
  return isMoment ? `${Math.round((Number(value) - now) / secondsOfStep)} steps` : String(value)
}

/** A text without what is drawn or told by the clock at each run. */
export function withoutChance(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/\b1[0-9]{9}\b/g, 'NOW')
}
