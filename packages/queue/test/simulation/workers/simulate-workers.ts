import {
  asyncModelRun,
  asyncProperty,
  check,
  commands,
  constantFrom,
  nat,
  noShrink,
  oneof,
  record,
  scheduler,
} from 'fast-check'
import { sourceModules } from '../../support/source-modules.ts'
import type { SimulationResult, SimulationSettings } from '../simulation.ts'
import { sqlForms } from '../world/sql-form.ts'
import { Tally } from '../world/tally.ts'
import { drain } from './drain.ts'
import { Site } from './site.ts'
import { siteCommands } from './site-commands.ts'

/** Runs whole workers, with the real verbs and statements, in a time and on a network that follow from the seed. */
export async function simulateWorkers({
  source,
  runs,
  seed,
  isShrunk = true,
}: SimulationSettings): Promise<SimulationResult> {
  const modules = await sourceModules(source)
  const tally = new Tally()
  const property = asyncProperty(scheduler(), setting, doings, async (schedule, { form, chance }, chosen) => {
    await using site = await Site.open({ modules, form, scheduler: schedule, tally, chance })
    await asyncModelRun(() => ({ model: { site }, real: site }), chosen)
    const { violations, story } = site.model
    if (violations.length === 0) await drain(site)
    if (violations.length > 0) throw new Error([violations[0], form.name, ...story].join('\n'))
  })
  const details = await check(property, { seed, numRuns: runs, endOnFailure: !isShrunk })
  const counterexample = details.failed ? String(details.errorInstance) : undefined
  return { runs: details.numRuns, seed, counterexample, figures: tally.figures }
}

const setting = record({ form: constantFrom(...sqlForms), chance: noShrink(nat()) })

const weighted = siteCommands.map(([weight, arbitrary]) => ({ weight, arbitrary }))

const doings = commands([oneof(...weighted)], { maxCommands: 40, size: 'max' })
