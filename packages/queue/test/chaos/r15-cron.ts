import { setTimeout as wait } from 'node:timers/promises'
import { eventually } from '../support/eventually.ts'
import { type ChaosDatabase, openChaosDatabase } from './harness/chaos-database.ts'
import { Fleet } from './harness/fleet.ts'
import { readLedgers } from './harness/ledger.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import { familyOf, isRunning } from './harness/process-tree.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { backlogJob, cronProgram, hangingJob } from './r15-cron-program.ts'

/**
 * Cron starts a worker each minute, here each two seconds, over a backlog that takes many of them. All are on one host, which
 * sees who is dead: that a lease ends for other hosts is shown by `worker-slots-contract.test.ts`.
 */
export const cron: Scenario = {
  id: 'R15',
  title: 'cron never has more workers alive than it may, and loses at most a minute to a kill',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: {
    long: { minutes: 20, minuteMs: 2_000, maxWorkers: 2, jobs: 240, jobMs: 400, kills: 3 },
    short: { minutes: 4, minuteMs: 2_000, maxWorkers: 1, jobs: 15, jobMs: 300, kills: 1 },
  },
  guards: [
    {
      name: 'the bound on workers',
      drivers: ['sqlite'],
      changes: [
        {
          file: 'connections/sql/slot-table.ts',
          find: 'return isOver ? !isAtWork(owner) : isDead(owner)',
          replace: 'return isOver || owner !== undefined',
        },
      ],
    },
    {
      name: 'the look whether the owner of a slot is dead',
      drivers: ['postgres', 'sqlite'],
      changes: [
        {
          file: 'connections/sql/slot-table.ts',
          find: 'return isOver ? !isAtWork(owner) : isDead(owner)',
          replace: 'return isOver && !isAtWork(owner)',
        },
      ],
    },
  ],
  run,
}

const retryAfter = 2
/** So long the start of a minute may take beyond it, on a machine that is busy with other tests. */
const mostLateSeconds = 10
const sampleMs = 50
/** As the acceptance has it. */
const mostLostMinutes = 1

async function run(context: ScenarioContext): Promise<Verdict> {
  const { driver, folder, source, size } = context
  await using database = await openChaosDatabase(context)
  const { minutes = 0, minuteMs = 0, maxWorkers = 1 } = size
  const total = await fill(context, database)
  const words = ['queue:work', '--stop-when-empty', `--max-workers=${maxWorkers}`]
  const settings = { source, driver, place: database.place, folder, retryAfter }
  await using fleet = new Fleet({ size: 0, program: cronProgram, words, settings, restarts: false })
  using sampler = new Sampler(fleet)
  const losses = new Losses()
  let late = 0
  const killAt = minutesOfKills(context)
  for (let minute = 1; (await isLeft(database)) && minute <= minutes * 3; minute += 1) {
    late += await passMinute(fleet, minuteMs)
    if (sampler.alive > 0) losses.hasWorker(minute)
    const holder = killAt.has(minute) ? fleet.members.find((member) => member.isReady) : undefined
    if (holder && holder.signal('SIGKILL').length > 0) losses.hasKilled(minute)
  }
  const { minutes: lost } = losses
  return await judge(context, database, { total, losses: lost, most: sampler.most, killed: killAt.size, late })
}

/** Cron's start of the minute, and the minute. It is over when the process has decided; answers 1 when that came far too late. */
async function passMinute(fleet: Fleet, ms: number): Promise<number> {
  const started = fleet.startOne()
  await wait(ms)
  const isReady = eventually(() => started.isReady, mostLateSeconds)
  return await Promise.race([started.exited, isReady]).then(
    () => 0,
    () => 1,
  )
}

/** How many minutes passed after each kill until somebody worked again: the one that follows is no loss. */
class Losses {
  readonly minutes: number[] = []
  #killedIn: number | undefined

  hasKilled(minute: number): void {
    this.#killedIn = minute
  }

  hasWorker(minute: number): void {
    if (this.#killedIn !== undefined) this.minutes.push(minute - 1 - this.#killedIn)
    this.#killedIn = undefined
  }
}

/** Spread over the first half, so that the backlog is not done before. */
function minutesOfKills({ size }: ScenarioContext): ReadonlySet<number> {
  const { kills = 0, minutes = 0 } = size
  return new Set(Array.from({ length: kills }, (_, index) => Math.ceil(((index + 1) * minutes) / (2 * kills))))
}

async function isLeft(database: ChaosDatabase): Promise<boolean> {
  return (await database.query('select id from jobs limit 1')).length > 0
}

async function fill({ driver, source, size }: ScenarioContext, { place }: ChaosDatabase): Promise<number> {
  const { jobs = 0, jobMs = 0 } = size
  const loaded = await loadQueue(source, driver)
  const queue = loaded.index.createQueue({ connection: loaded.connect(place, { retryAfter }) })
  for (let job = 0; job < jobs; job += 1) {
    await queue.push(backlogJob, { ms: jobMs })
    if (job === Math.floor(jobs / 3)) await queue.push(hangingJob, {})
  }
  await queue.close()
  return jobs
}

/** Counts the processes that run jobs: those below the ones that cron has started, and orphans of these. */
class Sampler implements Disposable {
  readonly #fleet: Fleet
  readonly #known = new Set<number>()
  readonly #timer: NodeJS.Timeout
  alive = 0
  most = 0

  constructor(fleet: Fleet) {
    this.#fleet = fleet
    this.#timer = setInterval(() => this.#look(), sampleMs)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    for (const { pid } of this.#fleet.members) for (const runner of familyOf(pid).slice(1)) this.#known.add(runner)
    for (const pid of this.#known) if (!isRunning(pid)) this.#known.delete(pid)
    this.alive = this.#known.size
    this.most = Math.max(this.most, this.alive)
  }
}

interface Seen {
  readonly total: number
  readonly losses: readonly number[]
  readonly most: number
  readonly killed: number
  /** Minutes whose start had not decided long after they were over. */
  readonly late: number
}

async function judge(
  { folder, size }: ScenarioContext,
  database: ChaosDatabase,
  { total, losses, most, killed, late }: Seen,
): Promise<Verdict> {
  const { maxWorkers = 1, kills = 0 } = size
  const { effects, failed, waiting } = await database.state()
  const starts = readLedgers(folder, 'worker').filter(({ event }) => event === 'start').length
  const worst = Math.max(0, ...losses)
  const complaints: readonly (readonly [boolean, string])[] = [
    [most > maxWorkers, `${most} workers were alive at once, of ${maxWorkers} at the most.`],
    [worst > mostLostMinutes, `After a kill ${worst} minutes were lost.`],
    [losses.length < killed, `After ${killed - losses.length} of ${killed} kills no worker came back.`],
    [late > 0, `${late} starts did not decide within ${mostLateSeconds} seconds after their minute.`],
    [waiting.length > 0, `${waiting.length} jobs were left.`],
    [new Set(effects).size !== total, `${new Set(effects).size} of ${total} jobs were done.`],
    [effects.length !== new Set(effects).size, `${effects.length - new Set(effects).size} effects were doubled.`],
    [failed.length !== 1, `${failed.length} jobs failed, not just the one that hangs.`],
  ]
  return {
    figures: { workers: most, kills: losses.length, 'minutes lost': worst, starts, effects: effects.length },
    faults: kills,
    violations: complaints.filter(([isTrue]) => isTrue).map(([, text]) => text),
  }
}
