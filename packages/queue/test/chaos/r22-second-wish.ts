import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { eventually } from '../support/eventually.ts'
import { supervisedProgram } from '../support/supervised-program.ts'
import type { ChaosDatabase } from './harness/chaos-database.ts'
import { Fleet, type Member } from './harness/fleet.ts'
import { type HarmfulProducer, openHarmfulProducer } from './harness/harmful-jobs.ts'
import { machineMs } from './harness/ledger.ts'
import { signalTo } from './harness/process-tree.ts'
import type { ScenarioContext } from './harness/scenario.ts'
import type { Stopped } from './r22-stops.ts'

const queueName = 'endless'

/** Workers whose jobs do not end by themselves: half of these hear that they should, and half hear nothing. */
export async function stopTwice(context: ScenarioContext, database: ChaosDatabase): Promise<Stopped> {
  const { doubles = 1, withinMs = 0 } = context.size
  await using producer = await openHarmfulProducer(context, database.place)
  const times: number[] = []
  const problems: string[] = []
  for (let round = 1; round <= doubles; round += 1) {
    times.push(...(await playRound(context, database, producer)))
    problems.push(...(await wrongAfter(context, database)))
    await producer.queue.clear(queueName)
  }
  const slowestMs = Math.max(...times)
  return {
    stops: times.length,
    slowestMs,
    problems: [
      ...problems,
      ...(slowestMs > withinMs ? [`A worker took ${Math.round(slowestMs)} ms to obey a second wish.`] : []),
    ],
  }
}

async function playRound(
  { driver, source, folder, random, size }: ScenarioContext,
  { place }: ChaosDatabase,
  producer: HarmfulProducer,
): Promise<readonly number[]> {
  const { workers = 1 } = size
  const endless = Array.from({ length: workers }, (_, number) =>
    number % 2 === 0 ? { ms: 3_600_000 } : { harm: 'endless-loop' as const },
  )
  await producer.push(endless, { tries: 1, timeout: 0, queue: queueName })
  await using fleet = new Fleet({
    size: workers,
    program: supervisedProgram,
    words: ['queue:work', `--queue=${queueName}`, '--sleep=0.2'],
    // Its jobs are not those that the checker knows.
    settings: { source, driver, place, folder: join(folder, 'second-wish'), retryAfter: 30 },
    restarts: false,
  })
  fleet.start()
  await eventually(() => fleet.readyMembers.length === workers, 60)
  return await Promise.all(fleet.members.map((member) => timeToObey(member, random.whole(100, 400))))
}

/** Of the second wish. It does not come at once: two signals that nobody has heard yet are one. */
async function timeToObey(member: Member, pauseMs: number): Promise<number> {
  member.signal('SIGTERM', 'parent')
  await wait(pauseMs)
  const from = machineMs()
  signalTo(member.pid, 'SIGTERM')
  await member.exited
  return machineMs() - from
}

/** Each job is free again, and its next try is its first. */
async function wrongAfter({ size }: ScenarioContext, { query }: ChaosDatabase): Promise<readonly string[]> {
  const rows = await query(
    `select attempts, times, reserved_at from jobs left join queue_expired on job_id = id where queue = '${queueName}'`,
  )
  const failed = await query(`select uuid, exception from failed_jobs where queue = '${queueName}'`)
  return [
    ...(rows.length === size.workers ? [] : [`${rows.length} jobs are there after ${size.workers} were stopped.`]),
    ...rows
      .filter(({ attempts, times, reserved_at }) => Number(attempts) !== Number(times) || reserved_at !== null)
      .map((row) => `A job that was stopped is not as it was: ${JSON.stringify(row)}.`),
    ...failed.map(({ uuid, exception }) => `Job ${uuid} failed for a stop: ${String(exception).split('\n')[0]}.`),
  ]
}
