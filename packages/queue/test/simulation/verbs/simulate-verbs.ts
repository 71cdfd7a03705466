import {
  asyncProperty,
  check,
  commands,
  constantFrom,
  nat,
  noShrink,
  oneof,
  record,
  type Scheduler,
  scheduledModelRun,
  scheduler,
} from 'fast-check'
import { sourceModules } from '../../support/source-modules.ts'
import type { SimulationResult, SimulationSettings } from '../simulation.ts'
import { sqlForms } from '../world/sql-form.ts'
import { Tally } from '../world/tally.ts'
import { Cluster } from './cluster.ts'
import type { Command } from './command.ts'
import { dispatchCommands } from './dispatch-commands.ts'
import { drain } from './drain.ts'
import { faultCommands } from './fault-commands.ts'
import { operatorCommands } from './operator-commands.ts'
import { parentCommands } from './parent-commands.ts'
import { workerCommands } from './worker-commands.ts'

/**
 * Runs the verbs of the queue, with their real statements, under schedules that follow from the seed: when each statement
 * is carried out, when its answer is heard and whether, who dies or stands still meanwhile, what the clock shows.
 */
export async function simulateVerbs({
  source,
  runs,
  seed,
  isShrunk = true,
}: SimulationSettings): Promise<SimulationResult> {
  const modules = await sourceModules(source)
  const tally = new Tally()
  const property = asyncProperty(scheduler(), setting, doings, async (schedule, { form, chance }, chosen) => {
    await using cluster = await Cluster.open({ modules, form, scheduler: schedule, tally, chance })
    await runSchedule(cluster, schedule, chosen)
    const { violations, story } = cluster.model
    if (violations.length > 0) throw new Error([violations[0], form.name, ...story].join('\n'))
  })
  const details = await check(property, { seed, numRuns: runs, endOnFailure: !isShrunk })
  const counterexample = details.failed ? String(details.errorInstance) : undefined
  return { runs: details.numRuns, seed, counterexample, figures: tally.figures }
}

const weighted = [...dispatchCommands, ...workerCommands, ...operatorCommands, ...parentCommands, ...faultCommands].map(
  ([weight, arbitrary]) => ({ weight, arbitrary }),
)

const setting = record({ form: constantFrom(...sqlForms), chance: noShrink(nat()) })

const doings = commands([oneof(...weighted)], { maxCommands: 80, size: 'max' })

/** Safety while there are faults, then liveness. */
async function runSchedule(cluster: Cluster, schedule: Scheduler, chosen: Iterable<Command>): Promise<void> {
  await scheduledModelRun(schedule, () => ({ model: { cluster }, real: cluster }), chosen)
  if (cluster.model.violations.length === 0) await drain(cluster, schedule)
}
