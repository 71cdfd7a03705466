import type { Scenario } from './harness/scenario.ts'
import { kills } from './r01-kills.ts'
import { killedProducers } from './r01b-producers.ts'
import { zombies } from './r02-zombies.ts'
import { unknownOutcome } from './r03-unknown-outcome.ts'
import { blackHole } from './r04-black-hole.ts'
import { hurtServers } from './r05-hurt-servers.ts'
import { clogging } from './r06-clogging.ts'
import { nthStatement } from './r07-nth-statement.ts'
import { poisonous } from './r10-poisons.ts'
import { timeouts } from './r11-timeouts.ts'
import { attempts } from './r12-attempts.ts'
import { clocks } from './r13-clocks.ts'
import { cron } from './r15-cron.ts'
import { diskFull } from './r16-disk-full.ts'
import { oneFile } from './r17-one-file.ts'
import { payloads } from './r19-payloads.ts'
import { failPath } from './r20-fail-path.ts'
import { stops } from './r22-stops.ts'
import { simulation } from './r29-simulation.ts'

/** All of them, in the order in which they are run. */
export const scenarios: readonly Scenario[] = [
  // One line each.
  kills,
  killedProducers,
  zombies,
  unknownOutcome,
  blackHole,
  hurtServers,
  clogging,
  nthStatement,
  poisonous,
  timeouts,
  attempts,
  clocks,
  cron,
  diskFull,
  oneFile,
  payloads,
  failPath,
  stops,
  simulation,
]
