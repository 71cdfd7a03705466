import { setTimeout as wait } from 'node:timers/promises'
import { eventually } from '../support/eventually.ts'
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts'
import type { DatabaseSettings } from '../support/private-queues.ts'
import { Crew } from './crew.ts'
import { checkCrew, crewState, type Outage } from './crew-check.ts'
import { drainCrew } from './drain-crew.ts'
import { openChaosDatabase } from './harness/chaos-database.ts'
import type { Guard } from './harness/guards.ts'
import { loadQueue, type Place } from './harness/loaded-queue.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { WorkingProcess } from './working-process.ts'

const guards: readonly Guard[] = [
  {
    name: 'deadline of a statement',
    noticedBy: /^A (statement|call) /,
    drivers: ['postgres', 'mariadb'],
    changes: [
      {
        file: 'drivers/server-driver.ts',
        find: 'const timer = setTimeout(() => setImmediate(giveUp), seconds * 1000)',
        replace: 'const timer = setTimeout(() => setImmediate(giveUp), 2_147_483_647)',
      },
    ],
  },
  {
    name: 'the second try to tell what is done',
    noticedBy: /nobody has told the database/,
    drivers: ['mariadb', 'postgres'],
    changes: [
      {
        file: 'worker/completed-jobs.ts',
        find: 'this.#waiting.unshift(...completed)',
        replace: '',
      },
    ],
  },
]

/** The network swallows everything and says nothing: what is asked is never answered, and no connection ends. */
export const blackHole: Scenario = {
  id: 'R04',
  title: 'a network that swallows everything costs no job and no try, and workers come back by themselves',
  drivers: ['mariadb', 'postgres'],
  sizes: {
    // What a busy machine may add makes ten of these nine seconds.
    long: { seconds: 60, deadline: 9, backlog: 200, workers: 4, concurrency: 5, drainSeconds: 15 },
    short: { seconds: 3, deadline: 1, backlog: 100, workers: 4, concurrency: 5, drainSeconds: 15 },
  },
  guards,
  run,
}

const retryAfter = 2
/** More memory than this must not be taken by waiting. */
const maxGrowthMegabytes = 100
/** A process on a busy machine takes its time to begin. */
const startSeconds = 30

async function run(context: ScenarioContext): Promise<Verdict> {
  const { size, driver, source, random, folder } = context
  if (driver === 'sqlite') throw new TypeError('A file has no network before it.')
  await using database = await openChaosDatabase(context)
  const place = databaseOf(database.place)
  await using stack = new AsyncDisposableStack()
  const proxy = await faultProxy(place)
  const way = { ...place, host: proxy.host, port: proxy.port }
  const deadline = size.deadline ?? 10
  const crew = stack.use(
    await Crew.start({
      source,
      driver,
      ways: Array.from({ length: size.workers ?? 1 }, () => way),
      clientPlace: place,
      concurrency: size.concurrency ?? 1,
      retryAfter,
      deadline,
      longestMs: 40,
      random,
    }),
  )
  // Cut before the crew ends: who waits without a deadline would wait for ever.
  stack.use(proxy)
  const { connect, index } = await loadQueue(source, driver)
  await using queue = index.createQueue({ connection: connect(place, { retryAfter }) })
  await using program = new WorkingProcess(
    { source, driver, place: way, clientPlace: place, folder, retryAfter, deadline },
    queue,
  )
  await program.dispatch()
  await keepBusy(context, crew)
  const wasWorking = await program.isDone(startSeconds)
  const before = { here: process.memoryUsage.rss(), program: program.residentBytes }
  const outage = await swallow(proxy, size.seconds ?? 1)
  const since = outage.to
  const grown = {
    here: megabytes(process.memoryUsage.rss() - before.here),
    program: megabytes(program.residentBytes - before.program),
  }
  await program.dispatch()
  const seconds = size.drainSeconds ?? 15
  // A call that waits for longer than any may is in the way of all that follows.
  const drainedAfter =
    crew.tooSlow.length > 0 ? undefined : await drainCrew(crew, database.query, { since, seconds, deadline })
  const isWorking = drainedAfter !== undefined && (await program.isDone(leftOf(seconds, since)))
  const state = await crewState(database.query)
  const findings = checkCrew({ crew, outages: [outage], database: state, retryAfter, deadline })
  return {
    figures: {
      silenced: proxy.silenced,
      'errors of the database': crew.timings.failed,
      ...crew.times,
      'drained after s': drainedAfter?.toFixed(1) ?? 'never',
      'grown MB': `${grown.here} here, ${grown.program} in queue:work`,
      ...findings.figures,
    },
    faults: proxy.silenced,
    violations: [
      ...findings.violations,
      ...when(crew.timings.failed === 0, 'No statement met the black hole.'),
      ...crew.tooSlow,
      ...when(!wasWorking, 'The process of queue:work did not begin to work.'),
      ...when(!isWorking, `The process of queue:work was not back ${seconds} seconds after the network was.`),
      ...program.problems,
      ...when(drainedAfter === undefined, `Jobs were left ${seconds} seconds after the network was back.`),
      ...when(grown.here > maxGrowthMegabytes, `The process of the crew grew by ${grown.here} MB.`),
      ...when(grown.program > maxGrowthMegabytes, `The process of queue:work grew by ${grown.program} MB.`),
    ],
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_048_576)
}

function leftOf(seconds: number, since: number): number {
  return Math.max(0, seconds - (performance.now() - since) / 1000)
}

function when(isWrong: boolean, sentence: string): readonly string[] {
  return isWrong ? [sentence] : []
}

/** Until the workers are busy: there is always something to do, and pushing it is under way. */
async function keepBusy({ size }: ScenarioContext, crew: Crew): Promise<void> {
  for (const worker of crew.workers) crew.keepPushing(worker, { atOnce: 20, backlog: size.backlog ?? 100 })
  await eventually(() => crew.told.processed > (size.backlog ?? 100), 60)
}

async function swallow(proxy: FaultProxy, seconds: number): Promise<Outage> {
  const from = performance.now()
  proxy.blackhole()
  await wait(seconds * 1000)
  proxy.pass()
  return { from, to: performance.now() }
}

function databaseOf(place: Place): DatabaseSettings {
  if (typeof place === 'string') throw new TypeError('A file has no network before it.')
  return place
}
