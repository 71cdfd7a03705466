import { laravelPostgresTables } from '../support/laravel/tables.ts'
import { wrappedConnection } from '../support/wrapped-connection.ts'
import type { Verdict } from './harness/scenario.ts'
import type { Stage } from './harness/stage.ts'

const day = 86_400
const latest = 4_294_967_295
/** A timer of Node fires at once when it is to wait for so long, in seconds. */
const tooLong = 2 ** 31 / 1000

/**
 * Times that a timer or a column does not hold are refused before anything is written; what they hold is written exactly.
 * No clock is wrong here, so that this alone proves nothing of clocks.
 */
export async function tryLimits(stage: Stage): Promise<Verdict> {
  const problems = [...(await tryOptions(stage)), ...(await tryDelays(stage)), ...(await tryIdling(stage))]
  if (stage.context.driver === 'postgres') problems.push(...(await tryAdoptedTables(stage)))
  return { figures: { limits: 1 }, faults: 0, violations: problems }
}

async function codeOf(act: () => unknown): Promise<unknown> {
  try {
    await act()
    return 'accepted'
  } catch (error) {
    return error instanceof Error ? Reflect.get(error, 'code') : error
  }
}

async function tryOptions({ loaded, database }: Stage): Promise<readonly string[]> {
  const { createQueue, defineJob } = loaded.index
  await using queue = createQueue({ connection: loaded.connect(database.place, { retryAfter: 90 }) })
  const seconds = Math.ceil(tooLong)
  const acts: Readonly<Record<string, () => unknown>> = {
    'the timeout of a job': () => defineJob('Job', { timeout: seconds }, () => undefined),
    'the backoff of a job': () => defineJob('Job', { backoff: [1, seconds] }, () => undefined),
    'the timeout of a worker': () => queue.worker({ timeout: seconds }),
    'the backoff of a worker': () => queue.worker({ backoff: [seconds] }),
    'the sleep of a worker': () => queue.worker({ sleep: seconds }),
    'the rest of a worker': () => queue.worker({ rest: seconds }),
    'a delay beyond the column': () => queue.push('Job', 1, { delay: 2 ** 31 }),
    'a date beyond the column': () => queue.push('Job', 1, { delay: new Date((latest + 1) * 1000) }),
    'a date that is none': () => queue.push('Job', 1, { delay: new Date(Number.NaN) }),
  }
  const problems: string[] = []
  for (const [what, act] of Object.entries(acts)) {
    const code = await codeOf(act)
    if (code !== 'INVALID_OPTION' && code !== 'INVALID_JOB_DEFINITION') problems.push(`${what} was ${code}.`)
  }
  const left = (await database.query('select id from jobs')).length
  return left === 0 ? problems : [...problems, `${left} jobs were written that were refused.`]
}

async function tryDelays({ loaded, database }: Stage): Promise<readonly string[]> {
  await using queue = loaded.index.createQueue({ connection: loaded.connect(database.place, { retryAfter: 90 }) })
  const problems: string[] = []
  for (const seconds of [25 * day, 2 ** 31 - 1]) {
    await queue.push('Job', 1, { delay: seconds })
    const [row] = await database.query('select available_at, created_at from jobs')
    const stored = Number(row?.available_at) - Number(row?.created_at)
    if (stored !== seconds) problems.push(`A delay of ${seconds} seconds is one of ${stored}.`)
    await queue.clear()
  }
  await queue.push('Job', 1, { delay: new Date(latest * 1000) })
  const [row] = await database.query('select available_at from jobs')
  if (Number(row?.available_at) !== latest) problems.push(`The last date is ${row?.available_at}.`)
  await queue.clear()
  return problems
}

/** A worker that waits for a job in 25 days, or with the longest pause there is, sleeps. */
async function tryIdling({ loaded, database }: Stage): Promise<readonly string[]> {
  let asked = 0
  const connection = loaded.connect(database.place, { retryAfter: 90 })
  const counting = wrappedConnection(connection, {
    nextDue: (waiting: Parameters<typeof connection.nextDue>[0]) => {
      asked += 1
      return connection.nextDue(waiting)
    },
  })
  await using queue = loaded.index.createQueue({ connection: counting })
  await queue.push('Job', 1, { delay: 25 * day })
  const { reason } = await queue.worker({ sleep: 3_600, stopWhenEmptyFor: 1, memory: 0 }).run()
  await queue.clear()
  return [
    ...(reason === 'empty_for' ? [] : [`A worker that waits ended because of ${reason}.`]),
    // Short pauses after there was work, longer ones later.
    ...(asked <= 60 ? [] : [`A worker that waits asked ${asked} times in a second.`]),
  ]
}

/** Laravel's columns end in 2038 on PostgreSQL. */
async function tryAdoptedTables({ loaded, database }: Stage): Promise<readonly string[]> {
  for (const table of ['jobs', 'failed_jobs']) await database.query(`drop table ${table}`)
  for (const sql of laravelPostgresTables) await database.query(sql)
  await using queue = loaded.index.createQueue({ connection: loaded.connect(database.place, { retryAfter: 90 }) })
  await queue.migrate()
  const problems: string[] = []
  for (const delay of [2 ** 31 - 1, new Date('2038-01-19T03:14:08Z')]) {
    const problem = await queue.push('Job', 1, { delay }).then(
      () => 'accepted',
      (error: unknown) => (error instanceof Error ? Reflect.get(error, 'problem') : error),
    )
    if (problem !== 'unstorable_value') problems.push(`A moment that the column does not hold was ${problem}.`)
  }
  await queue.push('Job', 1, { delay: new Date('2038-01-19T03:14:07Z') })
  const rows = await database.query('select available_at from jobs')
  const isExact = rows.length === 1 && Number(rows[0]?.available_at) === 2 ** 31 - 1
  return isExact ? problems : [...problems, 'The last moment of the column was not stored.']
}
