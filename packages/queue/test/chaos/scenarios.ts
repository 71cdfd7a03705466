import type { Scenario } from './harness/scenario.ts'
import { kills } from './r01-kills.ts'
import { killedProducers } from './r01b-producers.ts'
import { zombies } from './r02-zombies.ts'

/** All of them, in the order in which they are run. */
export const scenarios: readonly Scenario[] = [
  // One line each.
  kills,
  killedProducers,
  zombies,
]
