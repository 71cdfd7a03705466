import { setTimeout as wait } from 'node:timers/promises'
import type { Queue } from '../../src/index.ts'
import type { Stage } from './harness/stage.ts'

export const uuid = '00000000-0000-4000-8000-000000000020'

/** What stands in `failed_jobs` under the job's uuid before it fails, and how many rows there are of both tables then and later. */
export const standing = {
  nothing: { least: 1, most: 1, inTheEnd: 1 },
  'the same job': { least: 1, most: 2, inTheEnd: 1 },
  'another job': { least: 2, most: 2, inTheEnd: 2 },
} as const

export type Standing = keyof typeof standing

// `Object.keys` forgets the type of the keys.
export const allStanding = Object.keys(standing) as readonly Standing[]

export interface FailingQueue extends AsyncDisposable {
  readonly queue: Queue
  /** How often the handler ran. */
  readonly runs: () => number
}

/** A queue whose only job throws. */
export function failingQueue({ database, loaded }: Stage, error: () => unknown): FailingQueue {
  let runs = 0
  const job = loaded.index.defineJob('Failing', { tries: 1 }, () => {
    runs += 1
    throw error()
  })
  const queue = loaded.index.createQueue({
    connection: loaded.connect(database.place, { retryAfter: 90 }),
    jobs: [job],
  })
  return { queue, runs: () => runs, [Symbol.asyncDispose]: () => queue.close() }
}

/** The one job there is, and what stands in its way. */
export async function setOut({ database }: Stage, queue: Queue, before: Standing): Promise<void> {
  await queue.push('Failing', 'ñ 🛒', { uuid })
  if (before === 'nothing') return
  const payload = before === 'the same job' ? 'payload' : `'another'`
  await database.query(
    `insert into failed_jobs (uuid, connection, queue, payload, exception)
     select '${uuid}', 'database', queue, ${payload}, 'Error: old' from jobs`,
  )
}

/** What is wrong once the job has failed; the tables are empty afterwards. */
export async function lookInTheEnd({ database }: Stage, before: Standing): Promise<readonly string[]> {
  const left = await database.query('select id from jobs')
  const failed = await database.query('select exception from failed_jobs')
  const isRecorded = failed.some(({ exception }) => !String(exception).startsWith('Error: old'))
  await database.query('delete from jobs')
  await database.query('delete from failed_jobs')
  return [
    ...(left.length === 0 ? [] : ['the job is still in jobs']),
    ...(failed.length === standing[before].inTheEnd ? [] : [`failed_jobs has ${failed.length} rows`]),
    ...(isRecorded ? [] : ['its exception was not recorded']),
  ]
}

export interface Looks {
  readonly looks: number
  /** What was seen that must never be. */
  readonly wrong: readonly string[]
}

/** Counts the rows of both tables, in one statement, as often as it can until the work is done. */
export async function whileLooking(
  { database }: Stage,
  before: Standing,
  work: () => Promise<unknown>,
): Promise<Looks> {
  const { least, most } = standing[before]
  const wrong = new Set<string>()
  let isDone = false
  let looks = 0
  const working = work().finally(() => {
    isDone = true
  })
  do {
    const [row] = await database.query(
      'select (select count(*) from jobs) as waiting, (select count(*) from failed_jobs) as failed',
    )
    looks += 1
    const rows = Number(row?.waiting) + Number(row?.failed)
    if (rows < least || rows > most) wrong.add(`${row?.waiting} in jobs and ${row?.failed} in failed_jobs at one time`)
    await wait(1)
  } while (!isDone)
  await working
  return { looks, wrong: [...wrong] }
}
