import { parseArgs } from 'node:util'
import { reachableDrivers } from '../../../queue/test/chaos/harness/chaos-database.ts'
import { type Guard, isNoticed } from '../../../queue/test/chaos/harness/guards.ts'
import {
  discard,
  type PlannedRun,
  type RunReport,
  randomSeed,
  runScenario,
} from '../../../queue/test/chaos/harness/run-scenario.ts'
import type { DriverName } from '../../../queue/test/chaos/harness/scenario.ts'
import { copies } from './r28-copies.ts'

const usage = `npm run chaos:copies -- [--driver=sqlite] [--seed=N] [--short] [--break=GUARD | --guards]

  --driver       only this database: ${copies.drivers.join(', ')}
  --seed         the same random choices as the run that printed it
  --short        the size that "npm test" runs
  --break        without this guard of the copy: the run must fail. There are ${copies.guards.map(({ name }) => name).join(', ')}
  --guards       once without each of them: answers 0 when every removal is noticed
`

const { values } = parseArgs({
  options: {
    driver: { type: 'string' },
    seed: { type: 'string' },
    short: { type: 'boolean', default: false },
    break: { type: 'string' },
    guards: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else process.exitCode = (await runAll()) ? 0 : 1

/** True when all went as it should, and anything was run. */
async function runAll(): Promise<boolean> {
  const missing = copies.drivers.filter((driver) => !reachableDrivers.includes(driver))
  const runs = chosenGuards().flatMap((without) =>
    chosenDrivers()
      .filter((driver) => without?.drivers?.includes(driver) ?? true)
      .map((driver) => ({ without, driver })),
  )
  let areWell = runs.length > 0
  for (const { without, driver } of runs) areWell = (await carryOut(driver, without)) && areWell
  if (missing.length > 0) console.log(`not covered, because it cannot be reached: ${missing.join(', ')}`)
  return areWell
}

function chosenGuards(): readonly (Guard | undefined)[] {
  if (values.guards) return copies.guards
  if (values.break === undefined) return [undefined]
  const guard = copies.guards.find(({ name }) => name === values.break)
  if (!guard)
    throw new Error(`There is no guard "${values.break}"; there are ${copies.guards.map(({ name }) => name)}.`)
  return [guard]
}

function chosenDrivers(): readonly DriverName[] {
  const { driver: asked } = values
  if (asked !== undefined && !copies.drivers.some((driver) => driver === asked && reachableDrivers.includes(driver)))
    throw new Error(`There is no database ${asked} here; there are ${reachableDrivers.join(', ')}.`)
  return copies.drivers.filter((driver) => reachableDrivers.includes(driver) && (asked ?? driver) === driver)
}

async function carryOut(driver: DriverName, without: Guard | undefined): Promise<boolean> {
  const run: PlannedRun = {
    scenario: copies,
    driver,
    form: values.short || without ? 'short' : 'long',
    seed: values.seed === undefined ? randomSeed() : Number(values.seed),
    ...(without && { without }),
  }
  const report = await runScenario(run)
  const { violations, figures, seconds, folder } = report
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${value}`)
  console.log(
    `R28 ${driver} seed ${run.seed} ${seconds.toFixed(1)} s ${verdictOf(without, report)}: ${shown.join(', ')}`,
  )
  for (const violation of violations.slice(0, 20)) console.log(`    ${violation}`)
  if (violations.length === 0 || values.guards) discard(report)
  else console.log(`    See ${folder}`)
  // One guard that is named is taken out to see the run fail.
  return without && values.guards ? isNoticed(without, violations) : violations.length === 0
}

function verdictOf(without: Guard | undefined, { violations }: RunReport): string {
  if (without) return `${isNoticed(without, violations) ? 'noticed' : 'NOT NOTICED'} without ${without.name}`
  return violations.length === 0 ? 'held' : 'BROKEN'
}
