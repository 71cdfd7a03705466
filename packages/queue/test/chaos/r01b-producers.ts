import { describePayload } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { type ChaosDatabase, openChaosDatabase } from './harness/chaos-database.ts'
import { countsOf, inBounds, strangeExits } from './harness/checker.ts'
import { Fleet } from './harness/fleet.ts'
import type { Guard } from './harness/guards.ts'
import { membersAtWork } from './harness/killer.ts'
import { readLedgers } from './harness/ledger.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { groupSize, type Produced, pauseSeed, producerProgram, type Way } from './r01b-producer-program.ts'

const guards: readonly Guard[] = [
  {
    name: 'an answer that waits for the write',
    noticedBy: /was acknowledged and left 0 jobs/,
    changes: [
      {
        file: 'connections/sql/sql-connection.ts',
        find: 'this.#signal(await this.#pushAtOnce(newJobs, dialect))',
        replace: 'setTimeout(() => void this.#pushAtOnce(newJobs, dialect), 100)',
      },
    ],
  },
  {
    name: "the application's transaction around a dispatch",
    noticedBy: /\((undone|outbox)\) .* left/,
    // SQLite has one writer: the queue's own connection would wait for the transaction that it should be in.
    drivers: ['postgres', 'mariadb'],
    changes: [
      {
        file: 'connections/sql/sql-connection.ts',
        find: 'const queues = await push(this.#inside(transaction, dialect), dialect, newJobs)',
        replace: 'const queues = await push(this.#driver, dialect, newJobs)',
      },
    ],
  },
]

/** Those who dispatch die all the time. */
export const killedProducers: Scenario = {
  id: 'R01b',
  title: 'producers killed all the time lose no job that was acknowledged, and leave none in part',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: { long: { jobs: 10_000, kills: 50, producers: 3 }, short: { jobs: 600, kills: 8, producers: 3 } },
  guards,
  run,
}

async function run(context: ScenarioContext): Promise<Verdict> {
  const { driver, folder, source, random, size } = context
  const { jobs = 0, kills = 0, producers = 1 } = size
  await using database = await openChaosDatabase(context)
  const settings = { source, driver, place: database.place, folder, retryAfter: 90 }
  await using fleet = new Fleet({
    size: producers,
    program: producerProgram,
    words: ['produce'],
    settings,
    role: 'producer',
    environment: { [pauseSeed]: String(random.whole(0, 2 ** 31)) },
  })
  fleet.start()
  for (let kill = 1; kill <= kills; kill += 1) {
    // As many jobs before each kill, however fast this machine is.
    await eventually(async () => (await countJobs(database)) >= (jobs / (kills + 1)) * kill, 120)
    fleet.kill(random.pick(await membersAtWork(fleet)))
  }
  await eventually(async () => (await countJobs(database)) >= jobs, 120)
  await fleet.stop()
  return await judge(context, database)
}

async function countJobs({ query }: ChaosDatabase): Promise<number> {
  return Number((await query('select count(*) as total from jobs'))[0]?.total)
}

/** What an acknowledged dispatch leaves; one without an answer leaves that or nothing. */
const leaves: Readonly<Record<Way, { readonly jobs: number; readonly effects: number }>> = {
  plain: { jobs: 1, effects: 0 },
  outbox: { jobs: 1, effects: 1 },
  undone: { jobs: 0, effects: 0 },
  group: { jobs: groupSize, effects: 0 },
}

function uuidOf(payload: string): string {
  const { uuid } = describePayload(payload).data as Produced
  return uuid
}

async function judge({ folder, size }: ScenarioContext, database: ChaosDatabase): Promise<Verdict> {
  const entries = readLedgers(folder)
  const payloads = await database.query('select payload from jobs')
  const jobs = countsOf(payloads.map(({ payload }) => uuidOf(String(payload))))
  const effects = countsOf((await database.query('select uuid from effects')).map(({ uuid }) => String(uuid)))
  const acknowledged = new Set(entries.flatMap((entry) => (entry.event === 'enqueue-ok' ? [entry.uuid] : [])))
  const tries = entries.filter((entry) => entry.event === 'enqueue-try')
  const problems = tries.flatMap(({ uuid, kind }) => {
    const expected = leaves[kind as Way]
    const found = { jobs: jobs.get(uuid) ?? 0, effects: effects.get(uuid) ?? 0 }
    const isWhole = found.jobs === expected.jobs && found.effects === expected.effects
    const isNothing = found.jobs === 0 && found.effects === 0
    if (isWhole || (isNothing && !acknowledged.has(uuid))) return []
    const answer = acknowledged.has(uuid) ? 'was acknowledged' : 'had no answer'
    return [`Dispatch ${uuid} (${kind}) ${answer} and left ${found.jobs} jobs and ${found.effects} effects.`]
  })
  const known = new Set(tries.map(({ uuid }) => uuid))
  const unexpected = [...jobs.keys(), ...effects.keys()].filter((uuid) => !known.has(uuid))
  const unknown = tries.filter(({ uuid }) => !acknowledged.has(uuid))
  const kills = entries.filter((entry) => entry.event === 'signal' && entry.signal === 'SIGKILL').length
  return {
    figures: {
      kills,
      dispatches: tries.length,
      jobs: payloads.length,
      unknown: unknown.length,
      recovered: unknown.filter(({ uuid }) => jobs.has(uuid)).length,
      wrong: problems.length,
      unexpected: unexpected.length,
    },
    // A kill between two dispatches shows nothing.
    faults: unknown.length,
    violations: [
      ...(kills < (size.kills ?? 0) ? [`Only ${kills} of ${size.kills} kills were done.`] : []),
      ...inBounds(problems),
      ...inBounds(unexpected).map((uuid) => `Job ${uuid} is there, and nobody dispatched it.`),
      ...strangeExits(entries),
      ...(await database.integrity()),
    ],
  }
}
