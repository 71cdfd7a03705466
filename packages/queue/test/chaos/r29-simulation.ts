import { faultNames, type Subject, simulate } from '../simulation/simulation.ts'
import { plantedBugs } from '../simulation/verbs/planted-bugs.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'

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
 * The verbs of the queue, and whole workers, with their real statements, on a database in memory, under schedules that follow from a seed. The
 * statements of the servers are among those that are run, as far as SQLite knows their words.
 */
export const simulation: Scenario = {
  id: 'R29',
  title: 'no schedule of verbs, lost answers, deaths and clocks breaks a promise',
  drivers: ['sqlite'],
  // In the short form whole workers are simulated by `simulation.test.ts`.
  sizes: { long: { schedules: 2_000, ofWorkers: 500 }, short: { schedules: 150, ofWorkers: 0 } },
  guards: plantedBugs.filter(({ name }) => foundSoon.includes(name)),
  run: async (context) => {
    const { schedules = 0, ofWorkers = 0 } = context.size
    const verbs = await run(context, 'verbs', schedules)
    if (ofWorkers === 0 || verbs.violations.length > 0) return verbs
    const workers = await run(context, 'workers', ofWorkers)
    return {
      figures: { ...verbs.figures, 'schedules of workers': workers.figures.schedules ?? 0 },
      faults: Math.min(verbs.faults, workers.faults),
      violations: workers.violations,
    }
  },
}

async function run({ random, source }: ScenarioContext, subject: Subject, schedules: number): Promise<Verdict> {
  const { seed } = random
  const { runs, counterexample, figures } = await simulate({ subject, source, runs: schedules, seed })
  return {
    figures: { schedules: runs, ...figures },
    faults: Math.min(...faultNames.map((name) => figures[name] ?? 0)),
    violations: counterexample === undefined ? [] : [counterexample],
  }
}
