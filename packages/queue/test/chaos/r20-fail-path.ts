import type { Guard } from './harness/guards.ts'
import { joined } from './harness/joined.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { openStage } from './harness/stage.ts'
import { type Closure, closures, waitForTable } from './r20-closed-table.ts'
import { type KillPlan, killEverywhere } from './r20-kills.ts'
import { recordAll } from './r20-records.ts'
import { allStanding } from './r20-stage.ts'
import { allThrown } from './r20-thrown.ts'

const guards: readonly Guard[] = [
  {
    name: 'the transaction around a failure',
    // Where somebody who looks sees it between two statements, and none need be killed.
    drivers: ['mariadb', 'postgres', 'sqlite'],
    changes: [
      {
        file: 'connections/sql/finish.ts',
        find: 'await driver.transaction(async (executor) => {\n      await recordFailure',
        replace: 'await Promise.resolve(driver).then(async (executor) => {\n      await recordFailure',
      },
    ],
  },
  {
    name: 'the release of a job whose failure cannot be recorded',
    changes: [
      {
        file: 'attempt/settle-outcome.ts',
        find: `if (outcome.kind === 'failed') await connection.release(job, unrecordedSeconds)`,
        replace: `if (outcome.kind === 'failed') return`,
      },
    ],
  },
  {
    name: 'the cleaning of an exception',
    drivers: ['postgres'],
    changes: [{ file: 'attempt/exception-text.ts', find: `text.replaceAll('\\0', '')`, replace: 'text' }],
  },
]

/**
 * A job fails, and the way of that into the database is cut at every place: its process is killed between every two
 * statements, its uuid stands in `failed_jobs` already, its exception is no text for a column, the table is missing or may
 * not be written. Somebody looks all the time: the job is in exactly one of the tables.
 */
export const failPath: Scenario = {
  id: 'R20',
  title: 'a failing job is in exactly one of its tables at every instant',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: { long: { all: 1 }, short: { all: 0 } },
  guards,
  run,
}

async function run(context: ScenarioContext): Promise<Verdict> {
  await using stage = await openStage(context)
  const verdicts = [await recordAll(stage)]
  const isHeld = () => verdicts.every(({ violations }) => violations.length === 0)
  for (const closure of closuresOf(context)) if (isHeld()) verdicts.push(await waitForTable(stage, closure))
  for (const plan of plansOf(context)) if (isHeld()) verdicts.push(await killEverywhere(stage, plan))
  return joined(verdicts)
}

/** Each costs the seconds that a worker goes on trying. */
function closuresOf({ size, random }: ScenarioContext): readonly Closure[] {
  return size.all === 0 ? [random.pick(closures)] : closures
}

/** The plainest alone, in which two rows are one too many, or every one there is. */
function plansOf({ size: { all } }: ScenarioContext): readonly KillPlan[] {
  if (all === 0) return [{ thrown: 'an error', isCarriedOut: false, before: 'nothing' }]
  return allThrown.flatMap((thrown) =>
    allStanding.flatMap((before) => [true, false].map((isCarriedOut) => ({ thrown, isCarriedOut, before }))),
  )
}
