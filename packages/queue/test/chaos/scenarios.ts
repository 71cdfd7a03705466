import type { Scenario } from './harness/scenario.ts'
import { kills } from './r01-kills.ts'
import { diskFull } from './r16-disk-full.ts'
import { oneFile } from './r17-one-file.ts'

/** All of them, in the order in which they are run. */
export const scenarios: readonly Scenario[] = [kills, diskFull, oneFile]
