import { describe, test } from 'node:test'
import type { Scenario } from './harness/scenario.ts'
import { isReachable, testGuard, testScenario } from './harness/scenario-tests.ts'
import { scenarios } from './scenarios.ts'

/**
 * The short form of every scenario on every database that is reachable here, and for each guard of the queue that a
 * scenario names one run without it. The long form is `npm run chaos`, which also runs a seed again.
 */
// Mostly they wait: for a reservation to expire, for a process to begin.
describe('the short form of chaos', { concurrency: 3 }, () => {
  for (const scenario of scenarios) {
    for (const driver of scenario.drivers.filter(isReachable))
      testScenario(scenario, driver, `npm run chaos -- ${scenario.id}`)
    tellMissing(scenario)
  }
})

describe('each guard of the queue, taken out', { concurrency: 3 }, () => {
  for (const scenario of scenarios) {
    for (const guard of scenario.guards) testGuard(scenario, guard)
  }
})

/** So that the report says what was not run. */
function tellMissing({ id, title, missing = {} }: Scenario): void {
  for (const [driver, what] of Object.entries(missing))
    if (what !== undefined) test(`${id} on ${driver}: ${title}`, { skip: `${what} is not here` })
}
