import { describe } from 'node:test'
import { isReachable, testGuard, testScenario } from '../../../queue/test/chaos/harness/scenario-tests.ts'
import { copies } from './r28-copies.ts'

describe('the short form of R28', { concurrency: 2 }, () => {
  for (const driver of copies.drivers.filter(isReachable)) testScenario(copies, driver, 'npm run chaos:copies --')
})

describe('each guard of the copy, taken out', { concurrency: 2 }, () => {
  for (const guard of copies.guards) testGuard(copies, guard)
})
