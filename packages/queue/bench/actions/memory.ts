import { setTimeout as wait } from 'node:timers/promises'
import { refreshStatistics, writeRows } from '../backlog.ts'
import type { ChildTask, Figures } from '../child-task.ts'
import { makeTables } from '../contenders/our-connection.ts'
import { openSqlClient } from '../sql-client.ts'
import { openSession, required } from './open-session.ts'

const feedEveryMs = 50
const rowsPerFeed = 200
const sampleEveryMs = 250

/** Writes `size` due jobs, in a process that nobody weighs. */
export async function seed(task: ChildTask): Promise<Figures> {
  await makeTables(task.place)
  await using client = await openSqlClient(task.place)
  await writeRows(client, task.place.database, { count: task.size })
  await refreshStatistics(client, task.place.database)
  return {}
}

/** Keeps jobs coming for `size` seconds, so that a small queue is as busy as a large one. */
export async function feed(task: ChildTask): Promise<Figures> {
  await using client = await openSqlClient(task.place)
  const endAt = performance.now() + task.size * 1_000
  while (performance.now() < endAt) {
    await writeRows(client, task.place.database, { count: rowsPerFeed })
    await wait(feedEveryMs)
  }
  return {}
}

/** Works for `size` seconds, each job taking `settings.handlerMs`; answers the most memory that the process held. */
export async function memory(task: ChildTask): Promise<Figures> {
  await using session = await openSession(task)
  const { handlerMs = 0 } = task.settings
  let processed = 0
  await required(
    session.serve,
    'serve',
  )(async () => {
    processed += 1
    if (handlerMs > 0) await wait(handlerMs)
  })
  process.stdout.write('ready\n')
  let highest = 0
  const endAt = performance.now() + task.size * 1_000
  while (performance.now() < endAt) {
    await wait(sampleEveryMs)
    highest = Math.max(highest, process.memoryUsage.rss())
  }
  return { 'RSS MB': highest / 1_048_576, jobs: processed }
}
