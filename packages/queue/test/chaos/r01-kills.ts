import { eventually } from '../support/eventually.ts'
import { type ChaosDatabase, isDrained, openChaosDatabase } from './harness/chaos-database.ts'
import { chaosProgram } from './harness/chaos-program.ts'
import { check, killsThatHit } from './harness/checker.ts'
import { dispatchRecorded, drawJob, type JobMix } from './harness/dispatch.ts'
import { Fleet } from './harness/fleet.ts'
import { killInTurn } from './harness/killer.ts'
import { Ledger, machineMs, readLedgers } from './harness/ledger.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { killGuards } from './r01-guards.ts'

const retryAfter = 2
/** A worker's reservations are over two seconds after its death, and its jobs of three seconds run once more. */
const drainSeconds = 30
const lookSeconds = 5
/** Jobs that are due at a time. */
const mostWaiting = 500

/** Workers die all the time, while jobs of every kind are dispatched and run. */
export const kills: Scenario = {
  id: 'R01',
  title: 'workers killed all the time lose no job and double no effect',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: {
    long: { jobs: 10_000, kills: 200, leastHits: 150, workers: 4, concurrency: 16, longestMs: 200 },
    short: { jobs: 300, kills: 12, leastHits: 8, workers: 4, concurrency: 8, longestMs: 500 },
  },
  guards: killGuards,
  run,
}

async function run(context: ScenarioContext): Promise<Verdict> {
  const { driver, folder, source, random, size } = context
  await using database = await openChaosDatabase(context)
  const settings = { source, driver, place: database.place, folder, retryAfter }
  const words = ['queue:work', `--concurrency=${size.concurrency}`, '--sleep=0.5']
  await using fleet = new Fleet({ size: size.workers ?? 1, program: chaosProgram, words, settings })
  await using producer = await openProducer(context, database)
  const { jobs = 1, kills: all = 1 } = size
  // Enough that the workers have something to do from the first kill on.
  const atFirst = Math.min(0.5, mostWaiting / jobs)
  await producer.dispatch(atFirst)
  fleet.start()
  await killInTurn(fleet, {
    kills: all,
    everyMs: { from: 150, to: 450 },
    random,
    beforeEach: async () => {
      await eventually(() => hasFew(database), 120)
      await producer.dispatch((1 - atFirst) / all)
    },
  })
  const lastKillAt = machineMs()
  await producer.dispatch(1)
  const drainedAfter = await drain(context, database, lastKillAt)
  const stubborn = await fleet.stop()
  return await judge(context, database, { drainedAfter, stubborn })
}

/** A machine that is slower today must not leave more to be done after the last kill. */
async function hasFew({ query }: ChaosDatabase): Promise<boolean> {
  return (await query(`select id from jobs limit 1 offset ${mostWaiting}`)).length === 0
}

interface Producer extends AsyncDisposable {
  /** Dispatches so large a part of all jobs, but no more than are left. */
  dispatch(share: number): Promise<void>
}

async function openProducer(context: ScenarioContext, { place }: ChaosDatabase): Promise<Producer> {
  const { driver, folder, source, random, size } = context
  const { jobs = 0, longestMs = 0 } = size
  const loaded = await loadQueue(source, driver)
  const client = loaded.openClient(place)
  const queue = loaded.index.createQueue({ connection: loaded.connect(place, { retryAfter }) })
  const ledger = new Ledger(folder, 'producer')
  const mix: JobMix = {
    percent: { failing: 2, slow: 2, delayed: 1, flaky: 2, released: 2, unfenced: 5 },
    longestMs,
    slowMs: retryAfter * 1500,
  }
  let done = 0
  let owed = 0
  return {
    dispatch: async (share) => {
      owed = Math.min(owed + share * jobs, jobs)
      const count = Math.floor(owed) - done
      done += count
      const drawn = Array.from({ length: count }, () => drawJob(mix, random))
      if (count > 0) await dispatchRecorded({ queue, client, ledger }, drawn)
    },
    [Symbol.asyncDispose]: async () => {
      await queue.close()
      await client[Symbol.asyncDispose]()
      ledger[Symbol.dispose]()
    },
  }
}

/** Answers the seconds since then. Gives up sooner when a job ran twice for no reason: it may do so for ever. */
async function drain({ folder }: ScenarioContext, database: ChaosDatabase, since: number): Promise<number | undefined> {
  const passed = () => (machineMs() - since) / 1000
  for (;;) {
    const left = drainSeconds - passed()
    const wasDrained = await isDrained(database, Math.max(0, Math.min(lookSeconds, left)))
    const drainedAfter = passed()
    if (wasDrained && drainedAfter <= drainSeconds) return drainedAfter
    if (drainedAfter >= drainSeconds) return undefined
    const { figures } = check({ entries: readLedgers(folder), database: await database.state(), retryAfter })
    if ((figures.unexplained ?? 0) > 0) return undefined
  }
}

interface Drain {
  /** Seconds; undefined when it took too long. */
  readonly drainedAfter: number | undefined
  /** Who did not end when asked. */
  readonly stubborn: readonly string[]
}

async function judge(
  { folder, size }: ScenarioContext,
  database: ChaosDatabase,
  { drainedAfter, stubborn }: Drain,
): Promise<Verdict> {
  const entries = readLedgers(folder)
  const { figures, violations } = check({ entries, database: await database.state(), retryAfter })
  const killed = entries.filter((entry) => entry.event === 'signal' && entry.signal === 'SIGKILL').length
  const hits = killsThatHit(entries)
  const planned = size.kills ?? 0
  return {
    figures: { kills: killed, hits, 'drained after s': drainedAfter?.toFixed(1) ?? 'never', ...figures },
    faults: hits,
    violations: [
      ...(killed < planned ? [`Only ${killed} of ${planned} kills were done.`] : []),
      ...(hits < (size.leastHits ?? 0) ? [`Only ${hits} of ${killed} kills hit a process that ran a job.`] : []),
      ...(drainedAfter === undefined ? [`Jobs were left ${drainSeconds} seconds after the last kill.`] : []),
      ...stubborn,
      ...(await database.integrity()),
      ...violations,
    ],
  }
}
