import { canFakeTime } from '../support/fake-clock.ts'
import type { Guard } from './harness/guards.ts'
import { joined } from './harness/joined.ts'
import { driverNames, type Scenario, type ScenarioContext, type Verdict } from './harness/scenario.ts'
import { openStage } from './harness/stage.ts'
import { tryLimits } from './r13-limits.ts'
import { play } from './r13-play.ts'
import { situations } from './r13-situations.ts'

const guards: readonly Guard[] = [
  {
    name: 'the doubt about a clock that leaps',
    drivers: ['sqlite'],
    changes: [
      {
        file: 'connections/sql/clock-watch.ts',
        find: 'this.#doubtsUntil = receivedAt + this.#retryAfterMs',
        replace: 'this.#doubtsUntil = receivedAt',
      },
    ],
  },
  {
    name: 'the look for what a clock left behind',
    drivers: ['postgres', 'sqlite'],
    changes: [{ file: 'connections/sql/claim.ts', find: 'if (isLeftBehind)', replace: 'if (false)' }],
  },
  {
    name: 'the time of the database in what is written and asked',
    drivers: ['mariadb'],
    changes: [
      {
        file: 'drivers/mysql-dialect.ts',
        find: "nowUnixSeconds: 'unix_timestamp()',",
        replace: 'get nowUnixSeconds() { return String(Math.floor(Date.now() / 1000)) },',
      },
    ],
  },
  {
    name: 'the deadline by the clock of the database',
    drivers: ['mariadb'],
    changes: [
      {
        file: 'attempt/attempt-limits.ts',
        find: 'retryUntil * 1000 <= now()',
        replace: 'retryUntil * 1000 <= Date.now()',
      },
    ],
  },
  {
    name: 'the word about a clock that is wrong',
    drivers: ['mariadb'],
    changes: [{ file: 'worker/database-clock.ts', find: 'if (this.#isSkewed && !wasSkewed)', replace: 'if (false)' }],
  },
]

/** Clocks are wrong, jump while jobs run, and come to the end of what a column holds. */
export const clocks: Scenario = {
  id: 'R13',
  title: 'wrong clocks make no job early, double or late',
  drivers: canFakeTime ? driverNames : [],
  missing: canFakeTime ? {} : Object.fromEntries(driverNames.map((name) => [name, 'the package libfaketime'])),
  sizes: { long: { all: 1, patience: 5 }, short: { all: 0, patience: 10 } },
  guards,
  run,
}

async function run(context: ScenarioContext): Promise<Verdict> {
  const { driver, size } = context
  const here = situations.filter(({ drivers, shortOn = [] }) => (size.all === 1 ? drivers : shortOn).includes(driver))
  const verdicts = [await onLimits(context)]
  if (size.all === 1) for (const situation of here) verdicts.push(await play(context, situation))
  else verdicts.push(...(await Promise.all(here.map((situation) => play(context, situation)))))
  return joined(verdicts)
}

async function onLimits(context: ScenarioContext): Promise<Verdict> {
  await using stage = await openStage(context)
  return await tryLimits(stage)
}
