import { faultNames, simulate } from '../simulation/simulation.ts'
import { plantedBugs } from '../simulation/verbs/planted-bugs.ts'
import type { Scenario } from './harness/scenario.ts'

/** Any short simulation finds these; the others take more schedules, and are looked for where a seed is known that does. */
const foundSoon = [
  'transaction of fail',
  'transaction of conclude',
  'transaction of pushUnique',
  'a reservation that is not over',
  'count of forgiven claims',
  'moment at which a job is due',
  'count of claims',
  'last member of a batch',
]

/**
 * The verbs of the queue with their real statements, on a database in memory, under schedules that follow from a seed. The
 * statements of the servers are among those that are run, as far as SQLite knows their words.
 */
export const simulation: Scenario = {
  id: 'R29',
  title: 'no schedule of verbs, lost answers, deaths and clocks breaks a promise',
  drivers: ['sqlite'],
  sizes: { long: { schedules: 2_000 }, short: { schedules: 150 } },
  guards: plantedBugs.filter(({ name }) => foundSoon.includes(name)),
  run: async ({ size: { schedules = 0 }, random, source }) => {
    const { runs, counterexample, figures } = await simulate({ source, runs: schedules, seed: random.seed })
    return {
      figures: { schedules: runs, ...figures },
      faults: Math.min(...faultNames.map((name) => figures[name] ?? 0)),
      violations: counterexample === undefined ? [] : [counterexample],
    }
  },
}
