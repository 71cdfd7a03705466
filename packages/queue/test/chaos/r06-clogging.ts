import { setTimeout as wait } from 'node:timers/promises'
import { eventually } from '../support/eventually.ts'
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts'
import type { DatabaseSettings } from '../support/private-queues.ts'
import { Crew } from './crew.ts'
import { checkCrew, crewState, type Outage } from './crew-check.ts'
import { drainCrew } from './drain-crew.ts'
import { type ChaosDatabase, openChaosDatabase } from './harness/chaos-database.ts'
import type { Guard } from './harness/guards.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { killGuards } from './r01-guards.ts'

const guards: readonly Guard[] = [
  ...killGuards
    .filter(({ name }) => name === 'the forgiveness of claims that died')
    .map((guard) => ({ ...guard, drivers: ['postgres', 'mariadb'] as const })),
  {
    name: 'the time for which a reservation lasts',
    noticedBy: /it had been reserved|it had ended/,
    drivers: ['mariadb', 'postgres'],
    changes: [
      {
        file: 'connections/sql/overdue.ts',
        find: 'reserved_at <= ${dialect.nowUnixSeconds} - ?`',
        replace: 'reserved_at <= ${dialect.nowUnixSeconds} - ? * 0`',
      },
    ],
  },
]

/**
 * Each worker has a network of its own. They are stopped one by one and let go on in another order: what was on its way is
 * late then, and not lost, and who was stopped meets what the others did meanwhile.
 */
export const clogging: Scenario = {
  id: 'R06',
  title: 'networks that are clogged one by one, and unclogged in another order, double nothing',
  drivers: ['mariadb', 'postgres'],
  sizes: {
    long: { rounds: 100, spreadMs: 3_000, deadline: 10, workers: 4, concurrency: 5, backlog: 300, drainSeconds: 25 },
    short: { rounds: 2, spreadMs: 2_000, deadline: 1, workers: 4, concurrency: 5, backlog: 300, drainSeconds: 20 },
  },
  guards,
  run,
}

const retryAfter = 2

async function run(context: ScenarioContext): Promise<Verdict> {
  const { driver, source, random, size } = context
  const { workers = 2, deadline = 10, backlog = 100, concurrency = 1, drainSeconds = 15 } = size
  if (driver === 'sqlite') throw new TypeError('A file has no network before it.')
  await using database = await openChaosDatabase(context)
  const place = databaseOf(database)
  await using stack = new AsyncDisposableStack()
  const proxies = await Promise.all(Array.from({ length: workers }, () => faultProxy(place)))
  const crew = stack.use(
    await Crew.start({
      source,
      driver,
      ways: proxies.map(({ host, port }) => ({ ...place, host, port })),
      clientPlace: place,
      concurrency,
      retryAfter,
      deadline,
      longestMs: 40,
      random,
    }),
  )
  // Cut before the crew ends.
  for (const proxy of proxies) stack.use(proxy)
  for (const worker of crew.workers) crew.keepPushing(worker, { atOnce: 50, backlog })
  const outages = await clogInTurn(context, crew, proxies)
  const since = performance.now()
  const drainedAfter = await drainCrew(crew, database.query, { since, seconds: drainSeconds, deadline })
  const findings = checkCrew({ crew, outages, database: await crewState(database.query), retryAfter, deadline })
  return {
    figures: {
      clogs: outages.length,
      'errors of the database': crew.timings.failed,
      'leases lost': crew.told.lost,
      ...crew.times,
      'drained after s': drainedAfter?.toFixed(1) ?? 'never',
      ...findings.figures,
    },
    faults: outages.length,
    violations: [
      ...findings.violations,
      ...crew.tooSlow,
      ...(crew.timings.failed > 0 || crew.told.lost > 0 ? [] : ['Nobody felt that a network was clogged.']),
      ...(drainedAfter === undefined
        ? [`Jobs were left ${drainSeconds} seconds after the last network was free.`]
        : []),
    ],
  }
}

/** Answers when each worker was cut off. */
async function clogInTurn(
  { random, size }: ScenarioContext,
  crew: Crew,
  proxies: readonly FaultProxy[],
): Promise<readonly Outage[]> {
  const { rounds = 1, spreadMs = 0 } = size
  const outages: Outage[] = []
  const stepMs = spreadMs / proxies.length
  for (let round = 0; round < rounds; round += 1) {
    const before = crew.told.processed
    await eventually(() => crew.told.processed > before + 50, 60)
    const since = new Map<number, number>()
    for (const worker of random.shuffle(crew.workers)) {
      proxies[worker]?.clog()
      since.set(worker, performance.now())
      await wait(random.next() * 2 * stepMs)
    }
    for (const worker of random.shuffle(crew.workers)) {
      await wait(random.next() * 2 * stepMs)
      proxies[worker]?.unclog()
      outages.push({ worker, from: since.get(worker) ?? 0, to: performance.now() })
    }
  }
  return outages
}

function databaseOf({ place }: ChaosDatabase): DatabaseSettings {
  if (typeof place === 'string') throw new TypeError('A file has no network before it.')
  return place
}
