import { setTimeout as wait } from 'node:timers/promises'
import { type ChaosDatabase, isDrained, openChaosDatabase } from './harness/chaos-database.ts'
import { chaosProgram } from './harness/chaos-program.ts'
import { check } from './harness/checker.ts'
import { dispatchRecorded } from './harness/dispatch.ts'
import { Fleet, type Member } from './harness/fleet.ts'
import { Ledger, machineMs, readLedgers } from './harness/ledger.ts'
import { leftBehind } from './harness/left-behind.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { stopGuards } from './r22-guards.ts'
import { stopTwice } from './r22-second-wish.ts'

/** Workers are told to stop at random instants, in every way, once and twice, while others take their place. */
export const stops: Scenario = {
  id: 'R22',
  title: 'a worker that is told to stop loses no job and no try, and a second wish is obeyed at once',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: {
    long: { terminations: 200, others: 30, workers: 4, concurrency: 4, longestMs: 400, doubles: 12, withinMs: 1_000 },
    short: { terminations: 5, others: 3, workers: 4, concurrency: 4, longestMs: 400, doubles: 1, withinMs: 10_000 },
  },
  guards: stopGuards,
  run,
}

const retryAfter = 30
/** At a time, so that what is left when all were stopped is done in a moment. */
const mostWaiting = 200
/** Of a terminal, or of somebody who wants to see where a process stands. */
const otherSignals = ['SIGINT', 'SIGQUIT', 'SIGHUP'] as const

async function run(context: ScenarioContext): Promise<Verdict> {
  const { folder } = context
  await using database = await openChaosDatabase(context)
  const { terminations = 0, others = 0, doubles = 0 } = context.size
  const once = terminations + others > 0 ? await stopOnce(context, database) : nobody
  const twice = doubles > 0 ? await stopTwice(context, database) : nobody
  const { figures, violations } = check({ entries: readLedgers(folder), database: await database.state() })
  return {
    figures: {
      stops: once.stops,
      'by SIGTERM': terminations,
      'slowest s': (once.slowestMs / 1_000).toFixed(1),
      'stopped twice': twice.stops,
      'slowest second s': (twice.slowestMs / 1_000).toFixed(1),
      ...figures,
    },
    faults: once.stops + twice.stops,
    violations: [
      ...once.problems,
      ...twice.problems,
      ...(figures.restarts === 0 ? [] : [`${figures.restarts} jobs ran again although nobody was killed.`]),
      ...leftBehind(folder).map((pid) => `Process ${pid} was left behind.`),
      ...violations,
      ...(await database.integrity()),
    ],
  }
}

export interface Stopped {
  readonly stops: number
  readonly slowestMs: number
  readonly problems: readonly string[]
}

const nobody: Stopped = { stops: 0, slowestMs: 0, problems: [] }

/** Rolling restarts under load. */
async function stopOnce(context: ScenarioContext, database: ChaosDatabase): Promise<Stopped> {
  const { driver, folder, source, random, size } = context
  const { workers = 1, concurrency = 1, longestMs = 0, withinMs = 0 } = size
  const words = ['queue:work', `--concurrency=${concurrency}`, '--sleep=0.2']
  const settings = { source, driver, place: database.place, folder, retryAfter }
  await using fleet = new Fleet({ size: workers, program: chaosProgram, words, settings })
  await using producer = await openProducer(context, database)
  fleet.start()
  const times: Promise<number>[] = []
  const stopped = new Set<number>()
  const signals = signalsOf(context)
  while (signals.length > 0) {
    const count = random.whole(4, 16)
    // Workers that begin anew all the time fall behind on a slow machine.
    if (await hasFew(database)) await producer.dispatch(count)
    await wait(random.whole(20, 200))
    const ready = fleet.readyMembers.filter(({ wasSignalled }) => !wasSignalled)
    if (ready.length === 0) continue
    // As one who watches over processes does it, or as one who watches over all of a service.
    const aim = random.chance(50) ? 'parent' : 'all'
    const chosen = random.pick(ready)
    stopped.add(chosen.pid)
    times.push(timeToStop(chosen, { signal: signals.pop() ?? 'SIGTERM', aim }))
  }
  const all = await Promise.all(times)
  const wasDrained = await isDrained(database, 60)
  const stubborn = await fleet.stop()
  const slowestMs = Math.max(...all)
  // Those that the end of the fleet met before they listened ended as any process does.
  const codes = readLedgers(folder).flatMap((entry) =>
    entry.event === 'exit' && entry.code !== 0 && stopped.has(entry.process) ? [entry] : [],
  )
  return {
    stops: all.length,
    slowestMs,
    problems: [
      ...(wasDrained ? [] : ['Jobs were left.']),
      ...stubborn,
      ...codes.map(({ process, code, signal }) => `Worker ${process} ended with ${code ?? signal}.`),
      ...(slowestMs > longestMs + withinMs ? [`A worker took ${Math.round(slowestMs)} ms to stop.`] : []),
    ],
  }
}

async function hasFew({ query }: ChaosDatabase): Promise<boolean> {
  return (await query(`select id from jobs limit ${mostWaiting}`)).length < mostWaiting
}

/** What ends a service, and beside it the others, in an order by chance. */
function signalsOf({ random, size: { terminations = 0, others = 0 } }: ScenarioContext): NodeJS.Signals[] {
  const beside = Array.from({ length: others }, () => random.pick(otherSignals))
  return [...random.shuffle([...Array.from({ length: terminations }, () => 'SIGTERM' as const), ...beside])]
}

interface Stop {
  readonly signal: NodeJS.Signals
  readonly aim: 'parent' | 'all'
}

async function timeToStop(member: Member, { signal, aim }: Stop): Promise<number> {
  const from = machineMs()
  member.signal(signal, aim)
  await member.exited
  return machineMs() - from
}

interface Producer extends AsyncDisposable {
  dispatch(count: number): Promise<void>
}

async function openProducer(context: ScenarioContext, { place }: ChaosDatabase): Promise<Producer> {
  const { driver, folder, source, random, size } = context
  const loaded = await loadQueue(source, driver)
  const client = loaded.openClient(place)
  const queue = loaded.index.createQueue({ connection: loaded.connect(place, { retryAfter }) })
  const ledger = new Ledger(folder, 'producer')
  return {
    dispatch: (count) =>
      dispatchRecorded(
        { queue, client, ledger },
        Array.from({ length: count }, () => ({ kind: 'plain', ms: random.whole(0, size.longestMs ?? 0) })),
      ),
    [Symbol.asyncDispose]: async () => {
      await queue.close()
      await client[Symbol.asyncDispose]()
      ledger[Symbol.dispose]()
    },
  }
}
