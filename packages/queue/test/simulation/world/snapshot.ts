import type { Executor } from '../../../src/drivers/driver.ts'

/** All that the tables hold at one moment, as plain data. */
export interface Snapshot {
  /** The same for the same rows. */
  readonly text: string
  /** By id. */
  readonly jobs: ReadonlyMap<string, JobRow>
  /** By uuid. */
  readonly failed: ReadonlyMap<string, FailedRow>
  readonly batches: ReadonlyMap<string, BatchRow>
  /** By key. */
  readonly locks: ReadonlyMap<string, LockRow>
  /** How many claims of a job are forgiven, by its id. */
  readonly forgiven: ReadonlyMap<string, number>
  /** How often a job may have ended its process, by its id. */
  readonly crashes: ReadonlyMap<string, number>
  /** By name and number. */
  readonly slots: ReadonlyMap<string, SlotRow>
}

export interface JobRow {
  readonly id: string
  readonly queue: string
  readonly payload: string
  readonly attempts: number
  readonly reserved_at: number | null
  readonly available_at: number
  readonly created_at: number
}

export interface FailedRow {
  readonly uuid: string
  readonly queue: string
  readonly payload: string
  /** UTC, `YYYY-MM-DD HH:MM:SS`. */
  readonly failed_at: string
}

export interface BatchRow {
  readonly id: string
  readonly total_jobs: number
  readonly pending_jobs: number
  readonly failed_jobs: number
  /** JSON. */
  readonly failed_job_ids: string
  readonly created_at: number
  readonly cancelled_at: number | null
  readonly finished_at: number | null
}

export interface LockRow {
  readonly key: string
  readonly owner: string
  readonly expiration: number
}

export interface SlotRow {
  readonly name: string
  readonly slot: number
  /** Empty for nobody. */
  readonly owner: string
  readonly expires_at: number
}

interface CountRow {
  readonly job_id: string
  readonly times: number
}

const columns = {
  jobs: "'id', cast(id as text), 'queue', queue, 'payload', payload, 'attempts', attempts, 'reserved_at', reserved_at, 'available_at', available_at, 'created_at', created_at",
  failed_jobs: "'uuid', uuid, 'queue', queue, 'payload', payload, 'failed_at', failed_at",
  job_batches:
    "'id', id, 'total_jobs', total_jobs, 'pending_jobs', pending_jobs, 'failed_jobs', failed_jobs, 'failed_job_ids', failed_job_ids, 'created_at', created_at, 'cancelled_at', cancelled_at, 'finished_at', finished_at",
  cache_locks: "'key', key, 'owner', owner, 'expiration', expiration",
  queue_expired: "'job_id', cast(job_id as text), 'times', times",
  queue_crashes: "'job_id', cast(job_id as text), 'times', times",
  queue_slots: "'name', name, 'slot', slot, 'owner', owner, 'expires_at', expires_at",
} as const

type Table = keyof typeof columns

const everything = `select ${Object.entries(columns)
  .map(([table, pairs]) => `(select json_group_array(json_object(${pairs})) from ${table}) as ${table}`)
  .join(', ')}`

/** The one before when nothing has changed since. */
export async function takeSnapshot(executor: Executor, last?: Snapshot): Promise<Snapshot> {
  const { rows } = await executor.query(everything)
  const text = JSON.stringify(rows[0])
  if (text === last?.text) return last
  const read = <T>(table: Table): readonly T[] => JSON.parse(String(rows[0]?.[table]))
  return {
    text,
    jobs: new Map(read<JobRow>('jobs').map((row) => [row.id, row])),
    failed: new Map(read<FailedRow>('failed_jobs').map((row) => [row.uuid, row])),
    batches: new Map(read<BatchRow>('job_batches').map((row) => [row.id, row])),
    locks: new Map(read<LockRow>('cache_locks').map((row) => [row.key, row])),
    forgiven: new Map(read<CountRow>('queue_expired').map((row) => [row.job_id, row.times])),
    crashes: new Map(read<CountRow>('queue_crashes').map((row) => [row.job_id, row.times])),
    slots: new Map(read<SlotRow>('queue_slots').map((row) => [`${row.name} ${row.slot}`, row])),
  }
}
