import type { Guard } from './guards.ts'
import type { Random } from './random.ts'

/**
 * One of the tests of reliability: it does something to a running queue that real servers suffer, and looks whether the
 * promises held. The long form is for `npm run chaos`, the short one runs with the other tests; both are the same code.
 */
export interface Scenario {
  /** As the reference numbers it: `R01`. */
  readonly id: string
  readonly title: string
  readonly drivers: readonly DriverName[]
  /** Databases on which it cannot be run here, and what is missing for it; they are none of `drivers`. */
  readonly missing?: Readonly<Partial<Record<DriverName, string | undefined>>>
  readonly sizes: { readonly long: Size; readonly short: Size }
  /** Each of them removed must make the verdict fail: this is what shows that the scenario can. */
  readonly guards: readonly Guard[]
  /** Whose source is under test, and loses the guards. Default: the queue's. */
  readonly packageFolder?: string
  run(context: ScenarioContext): Promise<Verdict>
}

export const driverNames = ['sqlite', 'mariadb', 'postgres'] as const

export type DriverName = (typeof driverNames)[number]

/** How much of everything: jobs, kills, rounds. */
export type Size = Readonly<Record<string, number>>

export interface ScenarioContext {
  readonly driver: DriverName
  readonly size: Size
  /** All that is random comes from it, so that a seed can be run again. */
  readonly random: Random
  /** For ledgers and logs; kept when the verdict fails. */
  readonly folder: string
  /** The `src` under test: the package's own, or a copy of it in which a guard is missing. */
  readonly source: string
}

export interface Verdict {
  /** What was done and seen: numbers for the table of the report. */
  readonly figures: Readonly<Record<string, number | string>>
  /** Faults that really happened. A run without them proves nothing and is a violation by itself. */
  readonly faults: number
  /** Sentences that name what was wrong; empty when all promises held. */
  readonly violations: readonly string[]
  /** Parts that could not be tried here, and why. */
  readonly untried?: readonly string[]
}
