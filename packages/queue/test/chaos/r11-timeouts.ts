import { comesTrue } from '../support/eventually.ts'
import { type HarmName, supervisedProgram } from '../support/supervised-program.ts'
import { type ChaosDatabase, hasNoJobs, openChaosDatabase } from './harness/chaos-database.ts'
import { Fleet } from './harness/fleet.ts'
import { openHarmfulProducer } from './harness/harmful-jobs.ts'
import { type LedgerEntry, machineMs, readLedgers } from './harness/ledger.ts'
import { leftBehind } from './harness/left-behind.ts'
import { isAlive } from './harness/process-tree.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'

const ways = [
  'never-ends',
  'endless-loop',
  'regular-expression',
  'sleep-in-shell',
  'waits-atomically',
  'asks-the-database',
  'stubborn-child',
  'leaves-a-child',
] as const satisfies readonly HarmName[]

const timeoutSeconds = 1
/** After its timeout a job has so long, and its process is gone. */
const mostMs = 5_000
const sampleMs = 50

/** Jobs do not heed their timeout, each in its way; the second time they do no harm. */
export const timeouts: Scenario = {
  id: 'R11',
  title: 'jobs that ignore their timeout are ended, with all that they have started, and had one try',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: {
    long: { rounds: 5, others: 100, workers: 4 },
    short: { rounds: 1, others: 10, workers: 4 },
  },
  guards: [
    {
      name: 'the watch over the time of jobs',
      drivers: ['sqlite', 'mariadb', 'postgres'],
      changes: [{ file: 'supervisor/watchdog.ts', find: 'return late && {', replace: 'return undefined && {' }],
    },
    {
      name: 'the end of the whole group',
      drivers: ['mariadb', 'sqlite', 'postgres'],
      changes: [
        {
          file: 'supervisor/child-end.ts',
          find: "process.kill(-child.pid, 'SIGKILL')",
          replace: "process.kill(child.pid, 'SIGKILL')",
        },
      ],
    },
  ],
  run,
}

async function run(context: ScenarioContext): Promise<Verdict> {
  const { driver, folder, source, size, random } = context
  await using database = await openChaosDatabase(context)
  await using producer = await openHarmfulProducer(context, database.place)
  const { rounds = 1, others = 0 } = size
  const all = random.shuffle(Array.from({ length: rounds }, () => ways).flat())
  const late = await producer.push(
    all.map((harm) => ({ harm, upToTry: 1 })),
    { tries: 2, timeout: timeoutSeconds },
  )
  const calm = await producer.push(
    Array.from({ length: others }, () => ({ ms: random.whole(0, 50) })),
    { tries: 1, timeout: 30 },
  )
  await using fleet = new Fleet({
    size: 1,
    program: supervisedProgram,
    words: ['queue:work', '--sleep=0.2', `--max-workers=${size.workers}`],
    settings: { source, driver, place: database.place, folder, retryAfter: 30 },
    restarts: false,
  })
  fleet.startOne()
  using deaths = new Deaths(folder)
  const wasDrained = await isEnded({ database, deaths, late }, 60 + rounds * 20)
  // What goes on for ever is seen already, and is not waited for.
  const stubborn = wasDrained ? await fleet.stop() : []
  const failed = await database.query('select uuid, exception from failed_jobs')
  return judge(readLedgers(folder), {
    late,
    calm,
    deaths,
    problems: [
      ...(wasDrained ? [] : ['Jobs were left.']),
      ...stubborn,
      ...leftBehind(folder).map((pid) => `Process ${pid} was left behind.`),
      ...failed.map(({ uuid, exception }) => `Job ${uuid} has failed: ${String(exception).split('\n')[0]}.`),
    ],
  })
}

/** Answers false when jobs are left, at once when one goes on for too long: nobody would end it later. */
async function isEnded({ database, deaths, late }: Watched, seconds: number): Promise<boolean> {
  const isTooLong = () => deaths.overruns(late).some((ms) => ms > mostMs)
  await comesTrue(async () => isTooLong() || (await hasNoJobs(database)), seconds)
  return hasNoJobs(database)
}

interface Watched {
  readonly database: Pick<ChaosDatabase, 'query'>
  readonly deaths: Deaths
  readonly late: readonly string[]
}

interface Evidence {
  readonly late: readonly string[]
  readonly calm: readonly string[]
  readonly deaths: Deaths
  readonly problems: readonly string[]
}

function judge(entries: readonly LedgerEntry[], { late, calm, deaths, problems }: Evidence): Verdict {
  const starts = Map.groupBy(entries.filter(isStart), ({ uuid }) => uuid)
  const overrunMs = deaths.overruns(late)
  const miscounted = [...late, ...calm].filter((uuid) => {
    const attempts = starts.get(uuid)?.map(({ attempt }) => attempt) ?? []
    return late.includes(uuid) ? attempts.join() !== '1,2' : attempts.some((attempt) => attempt !== 1)
  })
  return {
    figures: {
      'ignored timeouts': late.length,
      'longest overrun s': (Math.max(0, ...overrunMs) / 1_000).toFixed(1),
      others: calm.length,
      miscounted: miscounted.length,
    },
    faults: overrunMs.length,
    violations: [
      ...problems,
      ...overrunMs.filter((ms) => ms > mostMs).map((ms) => `A job went on ${(ms / 1_000).toFixed(1)} s too long.`),
      ...miscounted.map((uuid) => `Job ${uuid} had the tries ${starts.get(uuid)?.map(({ attempt }) => attempt)}.`),
    ],
  }
}

type Start = LedgerEntry & { readonly event: 'start'; readonly uuid: string; readonly attempt: number }

function isStart(entry: LedgerEntry): entry is Start {
  return entry.event === 'start'
}

/** When the processes of the ledgers were first seen to be gone. */
class Deaths implements Disposable {
  readonly #folder: string
  readonly #seen = new Map<number, number>()
  readonly #timer: NodeJS.Timeout

  constructor(folder: string) {
    this.#folder = folder
    this.#timer = setInterval(() => this.#look(), sampleMs)
  }

  /** Milliseconds from the timeout of each job's first start to the death of its process, or until now. */
  overruns(uuids: readonly string[]): readonly number[] {
    const starts = Map.groupBy(this.#look().filter(isStart), ({ uuid }) => uuid)
    const firsts = uuids.flatMap((uuid) => starts.get(uuid)?.[0] ?? [])
    return firsts.map(({ pid, t }) => (this.#seen.get(pid) ?? machineMs()) - t - timeoutSeconds * 1_000)
  }

  #look(): readonly LedgerEntry[] {
    const entries = readLedgers(this.#folder, 'worker')
    const pids = new Set(entries.map(({ pid }) => pid))
    for (const pid of pids) if (!this.#seen.has(pid) && !isAlive(pid)) this.#seen.set(pid, machineMs())
    return entries
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
