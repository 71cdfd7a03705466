import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { reachableDrivers } from './harness/chaos-database.ts'
import { type Guard, isNoticed } from './harness/guards.ts'
import { discard, type PlannedRun, randomSeed, runScenario } from './harness/run-scenario.ts'
import type { DriverName, Scenario } from './harness/scenario.ts'
import { scenarios } from './scenarios.ts'

/**
 * The short form of every scenario on every database that is reachable here, and for each guard of the queue that a
 * scenario names one run without it. The long form is `npm run chaos`, which also runs a seed again.
 */
// Mostly they wait: for a reservation to expire, for a process to begin.
describe('the short form of chaos', { concurrency: 3 }, () => {
  for (const scenario of scenarios) {
    for (const driver of scenario.drivers.filter(isReachable)) testScenario(scenario, driver)
    tellMissing(scenario)
  }
})

describe('each guard of the queue, taken out', { concurrency: 3 }, () => {
  for (const scenario of scenarios) {
    for (const guard of scenario.guards) testGuard(scenario, guard)
  }
})

function isReachable(driver: DriverName): boolean {
  return reachableDrivers.includes(driver)
}

function testScenario(scenario: Scenario, driver: DriverName): void {
  test(`${scenario.id} on ${driver}: ${scenario.title}`, async () => {
    const run: PlannedRun = { scenario, driver, form: 'short', seed: randomSeed() }
    const { violations, figures, folder } = await runScenario(run)

    const again = `npm run chaos -- ${scenario.id} --driver=${driver} --short --seed=${run.seed}`
    assert.deepEqual(violations, [], `${again}\n${JSON.stringify(figures)}\n${folder}`)
  })
}

/** So that the report says what was not run. */
function tellMissing({ id, title, missing = {} }: Scenario): void {
  for (const [driver, what] of Object.entries(missing))
    if (what !== undefined) test(`${id} on ${driver}: ${title}`, { skip: `${what} is not here` })
}

/** Once is enough: `npm run chaos -- --guards` takes each out on every database. */
function testGuard(scenario: Scenario, without: Guard): void {
  const driver = (without.drivers ?? scenario.drivers).find(isReachable)
  if (driver === undefined) return
  test(`${scenario.id} on ${driver} notices a queue without ${without.name}`, async () => {
    const seeds: number[] = []
    // Chance decides whose job it is that would show it, so a run may pass by.
    while (seeds.length < 3) {
      const seed = randomSeed()
      seeds.push(seed)
      const report = await runScenario({ scenario, driver, form: 'short', seed, without })
      discard(report)
      if (isNoticed(without, report.violations)) return
    }
    assert.fail(`Three runs noticed nothing, with the seeds ${seeds.join(', ')}.`)
  })
}
