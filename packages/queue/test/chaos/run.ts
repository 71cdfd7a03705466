import { parseArgs } from 'node:util'
import { reachableDrivers } from './harness/chaos-database.ts'
import { type Guard, isNoticed } from './harness/guards.ts'
import { discard, type PlannedRun, type RunReport, randomSeed, runScenario } from './harness/run-scenario.ts'
import { type DriverName, driverNames, type Scenario } from './harness/scenario.ts'
import { scenarios } from './scenarios.ts'

const usage = `npm run chaos -- [R01 R02 …] [--driver=sqlite] [--seed=N] [--short] [--break=GUARD] [--guards]

  R01 R02 …      only these scenarios
  --driver       only this database: ${driverNames.join(', ')}
  --seed         the same random choices as the run that printed it
  --short        the size that "npm test" runs
  --break        without this guard of the queue: the run must fail
  --guards       each scenario once without each of its guards: answers 0 when every removal is noticed
`

/** One run, as a line of the table in the end. */
interface Row {
  readonly run: PlannedRun
  readonly verdict: 'held' | 'BROKEN' | 'noticed' | 'NOT NOTICED' | 'COULD NOT RUN'
  readonly report: RunReport | undefined
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    driver: { type: 'string' },
    seed: { type: 'string' },
    short: { type: 'boolean', default: false },
    break: { type: 'string' },
    guards: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const runs = values.help ? [] : chosenScenarios().flatMap(plan)
if (values.help) process.stdout.write(usage)
const skipped = values.help ? [] : chosenScenarios().flatMap(skippedOf)
for (const sentence of skipped) console.log(sentence)
const rows: Row[] = []
for (const run of runs) rows.push(await carryOut(run))
if (rows.length > 0) console.log(`\n${rows.map(lineOf).join('\n')}`)
const missing = driverNames.filter((driver) => !reachableDrivers.includes(driver))
if (missing.length > 0) console.log(`not covered, because it cannot be reached: ${missing.join(', ')}`)
const isAllWell = rows.every(({ verdict }) => verdict === 'held' || verdict === 'noticed')
// Who asks for a scenario by its name wants to see it run.
const unseen = values.help ? [] : positionals.filter((id) => !rows.some(({ run }) => run.scenario.id === id))
if (unseen.length > 0) console.log(`Nothing was run of ${unseen.join(', ')}.`)
else if (rows.length === 0 && !values.help) console.log('Nothing was run.')
process.exitCode = values.help || (isAllWell && rows.length > 0 && unseen.length === 0) ? 0 : 1

function chosenScenarios(): readonly Scenario[] {
  const unknown = positionals.find((id) => !scenarios.some((scenario) => scenario.id === id))
  if (unknown !== undefined)
    throw new Error(`There is no scenario ${unknown}; there are ${scenarios.map(({ id }) => id).join(', ')}.`)
  return positionals.length === 0 ? scenarios : scenarios.filter(({ id }) => positionals.includes(id))
}

/** A sentence for each database that was asked for and has no run, with the reason. */
function skippedOf(scenario: Scenario): readonly string[] {
  const { id, drivers, guards, missing = {} } = scenario
  const without = values.break === undefined ? undefined : guardNamed(scenario, values.break)
  const isForIt = (driver: DriverName) => drivers.includes(driver) || missing[driver] !== undefined
  // A scenario that is about some databases only is nothing to tell of, unless somebody asks for another.
  const asked = values.driver === undefined ? driverNames.filter(isForIt) : [values.driver]
  const runsOn = driversOf(scenario, without)
  if (values.guards && guards.length === 0) return [`${id} skipped: it takes out no guard.`]
  return driverNames
    .filter((driver) => asked.includes(driver) && !runsOn.includes(driver) && reachableDrivers.includes(driver))
    .map((driver) => `${id} on ${driver} skipped: ${reasonOf(missing[driver], drivers.includes(driver))}.`)
}

function reasonOf(missing: string | undefined, isForIt: boolean): string {
  if (missing !== undefined) return `${missing} is not here`
  return isForIt ? 'the guard is not one of this database' : 'it is about other databases'
}

function plan(scenario: Scenario): readonly PlannedRun[] {
  const removals: readonly (Guard | undefined)[] = values.guards
    ? scenario.guards
    : [values.break === undefined ? undefined : guardNamed(scenario, values.break)]
  return removals.flatMap((without) =>
    driversOf(scenario, without).map((driver) => ({
      scenario,
      driver,
      form: values.short || without ? ('short' as const) : ('long' as const),
      seed: values.seed === undefined ? randomSeed() : Number(values.seed),
      ...(without && { without }),
    })),
  )
}

function guardNamed({ id, guards }: Scenario, name: string): Guard {
  const guard = guards.find((each) => each.name === name)
  if (guard) return guard
  throw new Error(`${id} has no guard "${name}"; it has ${guards.map((each) => each.name).join(', ') || 'none'}.`)
}

function driversOf({ drivers }: Scenario, without: Guard | undefined): readonly DriverName[] {
  if (values.driver !== undefined && !driverNames.some((name) => name === values.driver))
    throw new Error(`There is no database ${values.driver}; there are ${driverNames.join(', ')}.`)
  if (values.driver !== undefined && !reachableDrivers.some((name) => name === values.driver))
    throw new Error(`${values.driver} cannot be reached.`)
  return drivers.filter(
    (driver) =>
      reachableDrivers.includes(driver) &&
      (values.driver ?? driver) === driver &&
      (without?.drivers ?? drivers).includes(driver),
  )
}

async function carryOut(run: PlannedRun): Promise<Row> {
  try {
    const report = await runScenario(run)
    const row: Row = { run, report, verdict: verdictOf(run, report) }
    console.log(lineOf(row))
    for (const sentence of report.untried ?? []) console.log(`    not tried. ${sentence}`)
    if (row.verdict === 'BROKEN') for (const violation of report.violations) console.log(`    ${violation}`)
    if (row.verdict === 'BROKEN') console.log(`    See ${report.folder}`)
    else discard(report)
    return row
  } catch (error) {
    console.error(error)
    return { run, report: undefined, verdict: 'COULD NOT RUN' }
  }
}

function verdictOf({ without }: PlannedRun, { violations }: RunReport): Row['verdict'] {
  // One guard that is named is taken out to see the run fail, as a run that fails.
  if (without && values.guards) return isNoticed(without, violations) ? 'noticed' : 'NOT NOTICED'
  return violations.length > 0 ? 'BROKEN' : 'held'
}

function lineOf({ run: { scenario, driver, seed, without }, report, verdict }: Row): string {
  const figures = Object.entries(report?.figures ?? {}).map(([name, value]) => `${name} ${value}`)
  return [
    scenario.id.padEnd(5),
    driver.padEnd(9),
    `seed ${seed}`.padEnd(16),
    `${(report?.seconds ?? 0).toFixed(1)} s`.padStart(8),
    ` ${verdict}`,
    ...(without ? [` without ${without.name}`] : []),
    ` ${figures.join(', ')}`,
  ].join(' ')
}
