import { setTimeout as wait } from 'node:timers/promises'
import { comesTrue } from '../support/eventually.ts'
import { Crew } from './crew.ts'
import { checkCrew, crewState, type Outage } from './crew-check.ts'
import { drainCrew, longestPauseSeconds } from './drain-crew.ts'
import type { Guard } from './harness/guards.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { type HurtServer, openHurtServer } from './r05-hurt-server.ts'
import { type Trouble, troublesOf } from './r05-troubles.ts'
import { WorkingProcess } from './working-process.ts'

const guards: readonly Guard[] = [
  {
    name: 'the end of sessions that may only read',
    noticedBy: /not back at work/,
    drivers: ['mariadb', 'postgres'],
    changes: [
      {
        file: 'drivers/mysql-errors.ts',
        find: `read_only: 'useless'`,
        replace: `read_only: 'refused'`,
      },
      {
        file: 'drivers/postgres-errors.ts',
        find: `if (problems[code] === 'read_only') return 'useless'`,
        replace: '',
      },
    ],
  },
]

const rest = { workers: 4, concurrency: 5, backlog: 400 }

/** The server dies, stands still, refuses to write and ends its sessions, in the middle of batches. */
export const hurtServers: Scenario = {
  id: 'R05',
  title: 'a server that is killed, stopped, read-only or crowded loses no job, and its workers come back by themselves',
  drivers: ['mariadb', 'postgres'],
  sizes: {
    long: {
      ...rest,
      deadline: 10,
      'kill -9': 20,
      stop: 5,
      'stand still': 1,
      'read-only': 5,
      'read-only sessions': 1,
      'sessions ended': 1,
      'too many sessions': 1,
      'storm of resets': 1,
      seconds: 20,
      downFromMs: 1_000,
      downToMs: 5_000,
    },
    short: {
      ...rest,
      deadline: 3,
      'kill -9': 1,
      'read-only sessions': 1,
      'sessions ended': 1,
      'storm of resets': 1,
      seconds: 1,
      downFromMs: 100,
      downToMs: 500,
    },
  },
  guards,
  run,
}

const retryAfter = 2
/**
 * Beyond a reservation, until the first worker is back at work. For the last one that is not enough: a session that it
 * asked for in the worst moment is given up at the deadline, and after a long outage it pauses before its next try. So it
 * is that jobs are worked on again so soon, not that every worker is.
 */
const firstBackSeconds = 5
const drainSeconds = 30
/** A process on a busy machine takes its time to begin. */
const startSeconds = 30

async function run(context: ScenarioContext): Promise<Verdict> {
  const { driver, source, random, size, folder } = context
  if (driver === 'sqlite') throw new TypeError('A file has no server.')
  await using server = await openHurtServer(context, retryAfter)
  const { workers = 2, concurrency = 1, deadline = 10, backlog = 100 } = size
  await using crew = await Crew.start({
    source,
    driver,
    // The storm hits every second one.
    ways: Array.from({ length: workers }, (_, worker) => (worker % 2 === 0 ? server.place : server.proxied)),
    clientPlace: server.ownerPlace,
    concurrency,
    retryAfter,
    deadline,
    longestMs: 40,
    random,
  })
  const { connect, index } = await loadQueue(source, driver)
  await using queue = index.createQueue({ connection: connect(server.ownerPlace, { retryAfter }) })
  const places = { place: server.place, clientPlace: server.ownerPlace }
  await using program = new WorkingProcess({ source, driver, ...places, folder, retryAfter, deadline }, queue)
  await program.dispatch()
  for (let worker = 0; worker < workers; worker += 1) crew.keepPushing(worker, { atOnce: 50, backlog })
  // Its jobs are for the peace before and after: one whose own client is cut off has no second try.
  const wasWorking = await program.isDone(startSeconds)
  if (!wasWorking) throw new Error(`The process of queue:work did not begin to work: ${program.progress}.`)
  const course = new Course({ server, crew, allBackSeconds: deadline + longestPauseSeconds + firstBackSeconds })
  for (const trouble of troublesOf(size, random)) await course.take(trouble, random.whole(0, 300))
  return await judge(course, { server, crew, program, deadline })
}

/** Until all workers take jobs as usual between two troubles. */
const busySeconds = 60

interface CourseSettings {
  readonly server: HurtServer
  readonly crew: Crew
  /** Beyond a reservation, until all workers are back at work. */
  readonly allBackSeconds: number
}

/** The troubles one after the other, each when the workers are busy, and how long they took to get over it. */
class Course {
  readonly outages: Outage[] = []
  readonly figures: Record<string, number | string> = {}
  readonly violations: string[] = []
  readonly #server: HurtServer
  readonly #crew: Crew
  readonly #allBackSeconds: number
  faults = 0
  /** False when workers did not come back: all that follows would fail for it. */
  isWell = true

  constructor({ server, crew, allBackSeconds }: CourseSettings) {
    this.#server = server
    this.#crew = crew
    this.#allBackSeconds = allBackSeconds
  }

  async take(trouble: Trouble, pauseMs: number): Promise<void> {
    let firstMs = 0
    let allMs = 0
    let done = 0
    let met = 0
    while (done < trouble.times && this.isWell) {
      if (!(await this.#becomeBusy())) break
      await wait(pauseMs)
      const from = performance.now()
      const errors = this.#errors
      await trouble.happen(this.#server, () => this.#errors > errors)
      const over = performance.now()
      firstMs = Math.max(firstMs, await this.#backAtWork(trouble, { over, isAll: false }))
      allMs = Math.max(allMs, await this.#backAtWork(trouble, { over, isAll: true }))
      done += 1
      if (this.#errors > errors) met += 1
      this.outages.push({ from, to: over })
    }
    this.faults += met
    if (this.isWell && met < trouble.times * 0.9)
      this.violations.push(`Of ${trouble.times} times "${trouble.name}" workers felt ${met}.`)
    this.figures[trouble.name] =
      `${met} of ${trouble.times} felt (first back after ${Math.round(firstMs)} ms, all ${Math.round(allMs)} ms)`
  }

  get #errors(): number {
    return this.#crew.told.errors + this.#crew.timings.failed
  }

  /** Also free of the last trouble: a call that met it and ends in an error only now would be taken for one of the next. */
  async #becomeBusy(): Promise<boolean> {
    const before = this.#crew.told.processed
    const last = this.outages.at(-1)
    const over = last?.to ?? 0
    const isFree = () => [...this.#crew.timings.pending].every(({ startedAt }) => startedAt > over)
    this.isWell = await comesTrue(() => this.#crew.told.processed > before + 100 && isFree(), busySeconds)
    // Who has not begun is no sign of a trouble that lasts.
    const what = last ? this.#whoIsMissing(over) : 'the workers have not begun'
    if (!this.isWell) this.violations.push(`${busySeconds} seconds later ${what}.`)
    return this.isWell
  }

  /** Milliseconds until a worker, or each of them, was told that the end of a job is on disk. */
  async #backAtWork(
    { name }: Trouble,
    { over, isAll }: { readonly over: number; readonly isAll: boolean },
  ): Promise<number> {
    const seconds = retryAfter + (isAll ? this.#allBackSeconds : firstBackSeconds)
    const left = seconds - (performance.now() - over) / 1000
    const isBack = (at: number | undefined) => at !== undefined && at > over
    const isEnough = () =>
      isAll
        ? this.#crew.workers.every((worker) => isBack(this.#crew.processedAt[worker]))
        : this.#crew.processedAt.some(isBack)
    const wasEnough = await comesTrue(isEnough, Math.max(0, left))
    if (!wasEnough) {
      this.isWell = false
      this.violations.push(`${seconds} seconds after ${name} ${this.#whoIsMissing(over)}.`)
    }
    return performance.now() - over
  }

  #whoIsMissing(over: number): string {
    const missing = this.#crew.workers.filter((worker) => !((this.#crew.processedAt[worker] ?? 0) > over))
    const waits = `the longest call waits for ${Math.round(this.#crew.longestWaitMs)} ms`
    return `not back at work: ${missing.map((worker) => `worker ${worker}`).join(', ')}; ${waits}`
  }
}

interface Scene {
  readonly server: HurtServer
  readonly crew: Crew
  readonly program: WorkingProcess
  readonly deadline: number
}

async function judge(course: Course, { server, crew, program, deadline }: Scene): Promise<Verdict> {
  const { isWell } = course
  const drain = { since: performance.now(), seconds: drainSeconds, deadline }
  const isDrained = isWell && (await drainCrew(crew, server.query, drain)) !== undefined
  if (isWell) await program.dispatch()
  const isWorking = isWell && (await program.isDone(drainSeconds))
  const { outages } = course
  const findings = checkCrew({ crew, outages, database: await crewState(server.query), retryAfter, deadline })
  return {
    figures: {
      ...course.figures,
      'errors of the database': crew.timings.failed,
      ...crew.times,
      ...findings.figures,
    },
    faults: course.faults,
    violations: [
      ...course.violations,
      ...(isWell ? findings.violations : []),
      ...(isWorking || !isWell ? [] : [`The process of queue:work was not back at work: ${program.progress}.`]),
      ...program.problems,
      ...(isDrained || !isWell ? [] : [`Jobs were left after ${drainSeconds} seconds of peace.`]),
      ...crew.tooSlow,
    ],
  }
}
