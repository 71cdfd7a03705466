import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reachableDrivers } from './chaos-database.ts'
import { type Guard, isNoticed } from './guards.ts'
import { discard, type PlannedRun, randomSeed, runScenario } from './run-scenario.ts'
import type { DriverName, Scenario } from './scenario.ts'

/** The short form as a test; `command` runs the scenario again. */
export function testScenario(scenario: Scenario, driver: DriverName, command: string): void {
  test(`${scenario.id} on ${driver}: ${scenario.title}`, async () => {
    const run: PlannedRun = { scenario, driver, form: 'short', seed: randomSeed() }
    const { violations, figures, folder } = await runScenario(run)

    const again = `${command} --driver=${driver} --short --seed=${run.seed}`
    assert.deepEqual(violations, [], `${again}\n${JSON.stringify(figures)}\n${folder}`)
  })
}

/** Once is enough: each command takes each of its guards out on every database. */
export function testGuard(scenario: Scenario, without: Guard): void {
  const driver = (without.drivers ?? scenario.drivers).find(isReachable)
  if (driver === undefined) return
  test(`${scenario.id} on ${driver} notices ${subjectOf(scenario)} without ${without.name}`, async () => {
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

function subjectOf({ packageFolder }: Scenario): string {
  return packageFolder === undefined ? 'a queue' : 'a copy'
}

export function isReachable(driver: DriverName): boolean {
  return reachableDrivers.includes(driver)
}
