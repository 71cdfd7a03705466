import { comesTrue } from '../support/eventually.ts'
import type { HarmfulData, HarmName } from '../support/supervised-program.ts'
import { supervisedProgram } from '../support/supervised-program.ts'
import { type ChaosDatabase, hasNoJobs, openChaosDatabase } from './harness/chaos-database.ts'
import { Fleet } from './harness/fleet.ts'
import { openHarmfulProducer } from './harness/harmful-jobs.ts'
import { type LedgerEntry, readLedgers } from './harness/ledger.ts'
import { leftBehind } from './harness/left-behind.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { poisonGuards } from './r10-guards.ts'

/**
 * What each does to the process that it shares with others, and what its failure says. A change of the environment is none,
 * and neither is a gigabyte of output to a reader that keeps up, as `docs/decisions/supervisor.md` has it.
 */
const poisons = {
  'exit-0': /^JobCrashedError: .* exit code 0\./,
  'exit-1': /^JobCrashedError: .* exit code 1\./,
  abort: /^JobCrashedError: .* signal SIGABRT\./,
  segfault: /^JobCrashedError: .* signal SIGSEGV\./,
  buffers: /^JobCrashedError: .* more than 512 MB of memory\./,
  // The limit of V8 is below that of the parent here.
  heap: /^JobCrashedError: .* signal SIGABRT\./,
  'throw-number-later': /^A value was thrown that is not an Error: 1/,
  'reject-unheard': /^Error: nobody heard/,
  'endless-loop': /^JobTimeoutError: /,
  'never-ends': /^JobTimeoutError: /,
  'stack-overflow': /^RangeError: Maximum call stack size exceeded/,
  'writes-a-gigabyte': 'completes',
  'changes-directory': /^ProcessChangedError: .* working directory /,
  'changes-umask': /^ProcessChangedError: .* umask /,
  'changes-environment': 'completes',
  'closes-files': /^JobCrashedError: .* signal SIGABRT\./,
  'changes-prototype': /^ProcessChangedError: .* Object\.prototype/,
} as const satisfies Readonly<Partial<Record<HarmName, RegExp | 'completes'>>>

type Poison = keyof typeof poisons

/** Those first that a missing guard is noticed by. */
const inShortForm: readonly Poison[] = [
  'reject-unheard',
  'changes-umask',
  'segfault',
  'closes-files',
  'exit-0',
  'endless-loop',
  'heap',
  'buffers',
]

const mostCrashes = 3
/** With as many tries as the size says: the third crash ends them, not the last try. */
const patient: readonly Poison[] = ['exit-1', 'abort', 'segfault']
/** What jobs keep on V8's heap, in megabytes: buffers lie beside it, and are the parent's to see. */
const heapMegabytes = 128

/** Jobs that harm the process in which they run, each in its way, stand among many that do not. */
export const poisonous: Scenario = {
  id: 'R10',
  title: 'jobs that harm their process fail with the cause, and no other job is the worse for it',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: {
    long: { jobs: 1_000, kinds: 17, workers: 2, concurrency: 4, longestMs: 20, retryAfter: 30, tries: 5 },
    short: { jobs: 100, kinds: 8, workers: 2, concurrency: 4, longestMs: 20, retryAfter: 5, tries: 1 },
  },
  guards: poisonGuards,
  run,
}

interface Pushed {
  readonly poisons: ReadonlyMap<string, Poison>
  readonly others: readonly string[]
}

async function run(context: ScenarioContext): Promise<Verdict> {
  const { driver, folder, source, size } = context
  await using database = await openChaosDatabase(context)
  const pushed = await pushAll(context, database)
  await using fleet = new Fleet({
    size: 1,
    program: supervisedProgram,
    words: ['queue:work', '--sleep=0.2', `--max-workers=${size.workers}`, `--concurrency=${size.concurrency}`],
    settings: { source, driver, place: database.place, folder, retryAfter: size.retryAfter ?? 30 },
    restarts: false,
    environment: { NODE_OPTIONS: `--max-old-space-size=${heapMegabytes}` },
  })
  const parent = fleet.startOne()
  const hasRunTooOften = () => [...pushed.poisons.keys()].some((uuid) => runsOf(folder, uuid) > mostCrashes)
  // A poison that nobody stops goes on for long: it is seen already.
  const wasDrained = await comesTrue(async () => hasRunTooOften() || (await hasNoJobs(database)), 120)
  const isSameParent = fleet.members.includes(parent)
  const stubborn = await fleet.stop()
  const verdict = await judge(context, database, pushed)
  return {
    ...verdict,
    violations: [
      ...(wasDrained ? [] : ['Jobs were left after two minutes.']),
      ...(isSameParent ? [] : ['The process that watches over the others has ended.']),
      ...stubborn,
      ...leftBehind(folder).map((pid) => `Process ${pid} was left behind.`),
      ...verdict.violations,
      ...(await database.integrity()),
    ],
  }
}

function runsOf(folder: string, uuid: string): number {
  return readLedgers(folder).filter((entry) => entry.event === 'start' && entry.uuid === uuid).length
}

async function pushAll(context: ScenarioContext, { place }: ChaosDatabase): Promise<Pushed> {
  const { random, size } = context
  const { jobs = 0, kinds = 0, longestMs = 0, tries = 1 } = size
  const chosen =
    kinds === Object.keys(poisons).length ? (Object.keys(poisons) as Poison[]) : inShortForm.slice(0, kinds)
  await using producer = await openHarmfulProducer(context, place)
  const found = new Map<string, Poison>()
  const others: string[] = []
  const harmless = (count: number): readonly HarmfulData[] =>
    Array.from({ length: count }, () => ({ ms: random.whole(0, longestMs) }))
  for (const harm of random.shuffle(chosen)) {
    others.push(...(await producer.push(harmless(Math.floor(jobs / (chosen.length + 1))))))
    const isLate = harm === 'endless-loop' || harm === 'never-ends'
    const [uuid = ''] = await producer.push([{ harm }], {
      timeout: isLate ? 1 : 60,
      tries: patient.includes(harm) ? tries : 1,
    })
    found.set(uuid, harm)
  }
  others.push(...(await producer.push(harmless(jobs - others.length))))
  return { poisons: found, others }
}

async function judge({ folder, size }: ScenarioContext, database: ChaosDatabase, pushed: Pushed): Promise<Verdict> {
  const entries = readLedgers(folder)
  const failed = await database.query('select uuid, exception from failed_jobs')
  const left = await database.query('select payload from jobs')
  const ends = new Ends(entries, { failed, left })
  const starts = entries.filter((entry) => entry.event === 'start')
  const processes = new Set(starts.map(({ pid }) => pid)).size
  const wrong = [...pushed.poisons].flatMap(([uuid, harm]) => {
    const expected = poisons[harm]
    const isRight = expected === 'completes' ? ends.hasCompleted(uuid) : expected.test(ends.exceptionOf(uuid) ?? '')
    const runs = starts.filter((start) => start.uuid === uuid).length
    return [
      ...(isRight ? [] : [`The job that does ${harm} ${ends.tell(uuid)}.`]),
      ...(isRunAsOften(runs, harm, size) ? [] : [`The job that does ${harm} was run ${runs} times.`]),
    ]
  })
  const disturbed = pushed.others.filter((uuid) => !ends.hasCompleted(uuid))
  const charged = starts.filter(({ uuid, attempt }) => pushed.others.includes(uuid) && attempt !== 1)
  return {
    figures: {
      jobs: pushed.others.length,
      done: pushed.others.length - disturbed.length,
      poisons: pushed.poisons.size,
      'with their cause': pushed.poisons.size - wrong.length,
      processes,
      'run again': starts.length - new Set(starts.map(({ uuid }) => uuid)).size,
    },
    faults: processes - 1,
    violations: [
      ...wrong,
      ...disturbed.map((uuid) => `Job ${uuid} ${ends.tell(uuid)}.`),
      ...charged.map(({ uuid, attempt }) => `Job ${uuid} was charged for another: attempt ${attempt}.`),
    ],
  }
}

/** A suspect is run again at no cost to its tries, so that one who has a single try may be run more often than once. */
function isRunAsOften(runs: number, harm: Poison, { tries = 1 }: ScenarioContext['size']): boolean {
  const least = tries > 1 && patient.includes(harm) ? mostCrashes : 1
  return runs >= least && runs <= mostCrashes
}

interface Rows {
  readonly failed: readonly Readonly<Record<string, unknown>>[]
  readonly left: readonly Readonly<Record<string, unknown>>[]
}

/** How jobs have ended, by what the database and the ledgers say. */
class Ends {
  readonly #exceptions: ReadonlyMap<string, string>
  readonly #left: ReadonlySet<string>
  readonly #returned: ReadonlySet<string>
  readonly #told: ReadonlyMap<string, number>

  constructor(entries: readonly LedgerEntry[], { failed, left }: Rows) {
    this.#exceptions = new Map(failed.map(({ uuid, exception }) => [String(uuid), String(exception)]))
    this.#left = new Set(left.map(({ payload }) => String(JSON.parse(String(payload)).uuid)))
    const withEnd = entries.filter((entry) => entry.event === 'end' && entry.how === 'returned')
    this.#returned = new Set(withEnd.flatMap((entry) => ('uuid' in entry ? [entry.uuid] : [])))
    const told = entries.flatMap((entry) => (entry.event === 'done' ? [entry.uuid] : []))
    this.#told = new Map([...Map.groupBy(told, (uuid) => uuid)].map(([uuid, all]) => [uuid, all.length]))
  }

  exceptionOf(uuid: string): string | undefined {
    return this.#exceptions.get(uuid)
  }

  /** It is gone, and did not fail. A process that another job has ended may have had no time to tell of it. */
  hasCompleted(uuid: string): boolean {
    const isGone = !this.#left.has(uuid) && !this.#exceptions.has(uuid)
    return isGone && this.#returned.has(uuid) && (this.#told.get(uuid) ?? 0) <= 1
  }

  tell(uuid: string): string {
    const exception = this.exceptionOf(uuid)?.split('\n')[0]
    if (exception) return `has failed: ${exception}`
    if (this.#left.has(uuid)) return 'is still there'
    return `was told to have completed ${this.#told.get(uuid) ?? 0} times`
  }
}
