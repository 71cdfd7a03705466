import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { reachableDrivers } from './harness/chaos-database.ts'
import type { Guard } from './harness/guards.ts'
import { discard, type PlannedRun, randomSeed, runScenario } from './harness/run-scenario.ts'
import type { DriverName, Scenario } from './harness/scenario.ts'
import { scenarios } from './scenarios.ts'

/**
 * The short form of every scenario on every database that is reachable here, and for each guard of the queue that a
 * scenario names one run without it. The long form is `npm run chaos`, which also runs a seed again.
 */
describe('the short form of chaos', { concurrency: true }, () => {
  for (const driver of reachableDrivers) describe(`on ${driver}`, { concurrency: 1 }, () => testOn(driver))
})

function testOn(driver: DriverName): void {
  const here = scenarios.filter(({ drivers }) => drivers.includes(driver))
  for (const scenario of here) testScenario(scenario, driver)
  for (const scenario of here) {
    const guards = scenario.guards.filter((guard) => testedOn(scenario, guard) === driver)
    for (const guard of guards) testGuard(scenario, driver, guard)
  }
}

function testScenario(scenario: Scenario, driver: DriverName): void {
  test(`${scenario.id} ${scenario.title}`, async () => {
    const run: PlannedRun = { scenario, driver, form: 'short', seed: randomSeed() }
    const { violations, figures, folder } = await runScenario(run)

    const again = `npm run chaos -- ${scenario.id} --driver=${driver} --short --seed=${run.seed}`
    assert.deepEqual(violations, [], `${again}\n${JSON.stringify(figures)}\n${folder}`)
  })
}

function testGuard(scenario: Scenario, driver: DriverName, without: Guard): void {
  test(`${scenario.id} notices a queue without ${without.name}`, async () => {
    const run: PlannedRun = { scenario, driver, form: 'short', seed: randomSeed(), without }
    const report = await runScenario(run)

    assert.ok(report.violations.length > 0, `seed ${run.seed} ${JSON.stringify(report.figures)}`)
    discard(report)
  })
}

/** Once is enough: `npm run chaos -- --guards` takes each out on every database. */
function testedOn({ drivers }: Scenario, guard: Guard): DriverName | undefined {
  return (guard.drivers ?? drivers).find((name) => reachableDrivers.includes(name))
}
