import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../support/eventually.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { type PrivateServer, privatePostgres } from '../support/private-servers.ts'
import { type ChaosDatabase, isDrained } from './harness/chaos-database.ts'
import { check } from './harness/checker.ts'
import { Fleet } from './harness/fleet.ts'
import { type LedgerEntry, machineMs, readLedgers } from './harness/ledger.ts'
import { familyOf } from './harness/process-tree.ts'
import type { ScenarioContext, Verdict } from './harness/scenario.ts'
import { openStage } from './harness/stage.ts'
import { ClockRecord, clockOfProcesses, type Plan, type Reading } from './r13-clock-record.ts'
import { type ClockJob, type ClockLoad, clockKinds, clockProgram, delay } from './r13-program.ts'
import { retryAfter, type Situation } from './r13-situations.ts'

type Environment = Readonly<Record<string, string>>

/** Who has the wrong clock. */
interface Clocks {
  readonly ofOneWorker: Environment
  readonly ofOthers: Environment
}

const epochOf = { mariadb: 'unix_timestamp(now(6))', postgres: 'extract(epoch from clock_timestamp())' } as const

const several = (count: number, ms: number): readonly ClockJob[] =>
  Array.from({ length: count }, () => ({ kind: 'plain', ms }))

/** Enough for each of three workers to take one. */
const first = several(12, 300)
const last = several(10, 10)

/** Workers of three processes are at work when the clock goes wrong. */
export async function play(context: ScenarioContext, situation: Situation): Promise<Verdict> {
  const { begins, clockOf } = situation
  const ahead = typeof begins === 'number' ? begins : Math.round((begins.getTime() - Date.now()) / 1000)
  using clock = new FakeClock(ahead)
  const isServer = clockOf === 'the database' && context.driver === 'postgres'
  const folder = join(context.folder, situation.name.replaceAll(' ', '-'))
  mkdirSync(folder)
  await using server = isServer ? await launchWith(clock) : undefined
  await using stage = await openStage({ ...context, folder }, server)
  const isHost = clockOf === 'the database' && context.driver === 'sqlite'
  const clocks: Clocks = {
    ofOneWorker: clockOf === 'one worker' || isHost ? clock.environment : {},
    ofOthers: isHost ? clock.environment : {},
  }
  const run = new Run({ ...context, folder }, stage.database, { situation, clocks, clock, ahead })
  return await run.run()
}

async function launchWith({ environment }: FakeClock): Promise<PrivateServer> {
  if (!privatePostgres) throw new Error('PostgreSQL is not installed here.')
  return privatePostgres.launch({ environment })
}

interface Wrong {
  readonly situation: Situation
  readonly clocks: Clocks
  readonly clock: FakeClock
  /** Seconds from the beginning. */
  readonly ahead: number
}

class Run {
  readonly #context: ScenarioContext
  readonly #database: ChaosDatabase
  readonly #wrong: Wrong
  readonly #problems: string[] = []
  readonly #ofDatabase: Reading[] = []

  constructor(context: ScenarioContext, database: ChaosDatabase, wrong: Wrong) {
    this.#context = context
    this.#database = database
    this.#wrong = wrong
  }

  async run(): Promise<Verdict> {
    const { situation, clocks, clock } = this.#wrong
    await using one = this.#workers('one', { size: 1, environment: clocks.ofOneWorker })
    await using others = this.#workers('others', { size: 2, environment: clocks.ofOthers })
    one.start()
    others.start()
    await this.#untilAllWork()
    await this.#setOut(situation.jobs)
    await this.#untilSlowOnesRun()
    await this.#readDatabase()
    const jumpedAt = machineMs()
    if (situation.jumpsTo !== undefined) clock.set(situation.jumpsTo)
    await this.#drain(retryAfter * 1.5 + retryAfter + this.#patience)
    // What is left by then is wrong already.
    if (this.#problems.length === 0) await this.#setOut(last)
    if (this.#problems.length === 0) await this.#drain(retryAfter + this.#patience)
    await this.#readDatabase()
    const ofOne = one.members.flatMap(({ pid }) => familyOf(pid))
    await Promise.all([one.stop(), others.stop()])
    return this.#judge({ jumpedAt, ofOne })
  }

  /** Seconds beyond what a reservation lasts. */
  get #patience(): number {
    return this.#context.size.patience ?? 5
  }

  #settings() {
    const { driver, source, folder } = this.#context
    return { driver, source, folder, place: this.#database.place, retryAfter }
  }

  #workers(name: string, { size, environment }: { readonly size: number; readonly environment: Environment }): Fleet {
    const words = ['queue:work', '--queue=default,held', '--concurrency=2', '--sleep=0.1']
    // As if on different hosts: none learns from the records of another that it is dead.
    return new Fleet({ size, program: clockProgram, words, environment, settings: { ...this.#settings(), host: name } })
  }

  async #setOut(jobs: readonly ClockJob[]): Promise<void> {
    const load: ClockLoad = { jobs }
    const environment = { ...this.#wrong.clocks.ofOthers, CHAOS_LOAD: JSON.stringify(load), CHAOS_ROLE: 'producer' }
    await using producer = new Fleet({
      size: 1,
      program: clockProgram,
      words: ['set-out'],
      settings: this.#settings(),
      role: 'producer',
      restarts: false,
      environment,
    })
    await producer.startOne().exited
  }

  /** Only who has looked before can tell that a clock has leapt. */
  async #untilAllWork(): Promise<void> {
    const workers = () =>
      new Set(readLedgers(this.#context.folder).map((entry) => entry.event === 'start' && entry.pid))
    await eventually(async () => {
      await this.#setOut(first)
      await this.#drain(30)
      return [...workers()].filter((pid) => pid !== false).length >= 3
    }, 120)
  }

  async #untilSlowOnesRun(): Promise<void> {
    const { folder } = this.#context
    const slow = this.#wrong.situation.jobs.filter(({ kind }) => kind === 'slow').length
    const areRunning = () => {
      const entries = readLedgers(folder)
      const uuids = new Set(uuidsOf(entries, 'slow'))
      return entries.filter((entry) => entry.event === 'start' && uuids.has(entry.uuid)).length >= slow
    }
    await eventually(areRunning, 60)
  }

  async #drain(seconds: number): Promise<void> {
    if (await isDrained(this.#database, seconds)) return
    const left = (await this.#database.query('select id from jobs')).length
    this.#problems.push(`${left} jobs were left after ${seconds} seconds.`)
  }

  async #readDatabase(): Promise<void> {
    const { driver } = this.#context
    if (driver === 'sqlite') return
    const t = machineMs()
    const [row] = await this.#database.query(`select ${epochOf[driver]} as seconds`)
    this.#ofDatabase.push({ t, unixMs: Number(row?.seconds) * 1000 })
  }

  /** Where a clock was right that had to be wrong, or the other way round, as those saw it who read it. */
  #unshown(entries: readonly LedgerEntry[], { jumpedAt, ofOne }: Witnessed): readonly string[] {
    const { situation, ahead } = this.#wrong
    const wrong: Plan = { begins: ahead, jumpedAt, jumpsTo: situation.jumpsTo, boundary: situation.boundary }
    const right: Plan = { begins: 0, jumpedAt }
    const isOfOne = (pid: number) => ofOne.includes(pid)
    const one = clockOfProcesses('the clock of the one worker', entries, isOfOne)
    const others = clockOfProcesses('the clock of the others', entries, (pid) => !isOfOne(pid))
    const server = new ClockRecord('the clock of the server', this.#ofDatabase)
    if (situation.clockOf === 'one worker')
      return [...one.problemsWith(wrong), ...others.problemsWith(right), ...server.problemsWith(right)]
    if (this.#context.driver === 'sqlite') return [...one.problemsWith(wrong), ...others.problemsWith(wrong)]
    return [...server.problemsWith(wrong), ...one.problemsWith(right), ...others.problemsWith(right)]
  }

  async #judge({ jumpedAt, ofOne }: Witnessed): Promise<Verdict> {
    const { situation } = this.#wrong
    const entries = readLedgers(this.#context.folder)
    const { figures, violations } = check({ entries, database: await this.#database.state(), kinds: clockKinds })
    const latest = jumpedAt + (retryAfter + this.#patience) * 1000
    const unshown = this.#unshown(entries, { jumpedAt, ofOne })
    const all = [
      ...unshown,
      ...this.#problems,
      ...early(entries),
      ...late(entries, latest),
      ...(situation.clockOf === 'one worker' && situation.jumpsTo === undefined ? untold(entries, ofOne) : []),
      ...violations,
      ...(await this.#database.integrity()),
    ]
    return {
      figures: { situations: 1, ...figures },
      faults: unshown.length === 0 ? 1 : 0,
      violations: all.map((problem) => `With ${situation.name}: ${problem}`),
    }
  }
}

interface Witnessed {
  /** Of the machine's clock, in milliseconds: when the clock went wrong. */
  readonly jumpedAt: number
  /** The processes of the one worker. */
  readonly ofOne: readonly number[]
}

function uuidsOf(entries: readonly LedgerEntry[], kind: string): readonly string[] {
  return entries.flatMap((entry) => (entry.event === 'enqueue-try' && entry.kind === kind ? [entry.uuid] : []))
}

function startsOf(entries: readonly LedgerEntry[], uuid: string): readonly number[] {
  return entries.flatMap((entry) => (entry.event === 'start' && entry.uuid === uuid ? [entry.t] : []))
}

/** The columns have whole seconds, so that a delay is a second shorter at the most. */
function early(entries: readonly LedgerEntry[]): readonly string[] {
  return uuidsOf(entries, 'delayed').flatMap((uuid) => {
    const pushedAt = entries.find((entry) => entry.event === 'enqueue-try' && entry.uuid === uuid)?.t ?? 0
    const [startedAt = Number.POSITIVE_INFINITY] = startsOf(entries, uuid)
    const seconds = (startedAt - pushedAt) / 1000
    return seconds < delay - 1 ? [`A job with a delay of ${delay} seconds ran after ${seconds.toFixed(1)}.`] : []
  })
}

/** Whoever sees the reservation of a dead process waits for as long as it lasts. */
function late(entries: readonly LedgerEntry[], latest: number): readonly string[] {
  return uuidsOf(entries, 'held').flatMap((uuid) => {
    const [startedAt = Number.POSITIVE_INFINITY] = startsOf(entries, uuid)
    const seconds = (startedAt - latest) / 1000
    return seconds > 0 ? [`The job of a dead process came back ${seconds.toFixed(1)} seconds too late.`] : []
  })
}

/** Each worker whose clock is wrong tells of it once, and nobody else does. */
function untold(entries: readonly LedgerEntry[], ofOne: readonly number[]): readonly string[] {
  const told = entries.filter((entry) => entry.event === 'worker-error' && entry.error.startsWith('ClockSkewError'))
  const isRight = told.length === 1 && told.every(({ pid }) => ofOne.includes(pid))
  return isRight ? [] : [`${told.length} processes told of a wrong clock, and one has it.`]
}
