import { parseArgs } from 'node:util'
import { reachableDrivers } from './harness/chaos-database.ts'
import { randomSeed, runScenario } from './harness/run-scenario.ts'
import { soak } from './r21-soak.ts'

/**
 * `npm run soak -- [--minutes=20] [--rate=200] [--driver=sqlite] [--leak]`: a worker at an even pace on each database, all
 * at the same time, and whether it grows. With `--leak` its jobs keep what they should not: the verdict must say so.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    rate: { type: 'string', default: '200' },
    driver: { type: 'string' },
    leak: { type: 'boolean', default: false },
  },
})
const size = { minutes: Number(values.minutes), perSecond: Number(values.rate), leak: values.leak ? 1 : 0 }
const scenario = { ...soak, guards: [], sizes: { long: size, short: size } }
if (values.driver !== undefined && !reachableDrivers.some((name) => name === values.driver))
  throw new Error(`There is no database ${values.driver} here; there are ${reachableDrivers.join(', ')}.`)
const drivers = reachableDrivers.filter((driver) => (values.driver ?? driver) === driver)

const reports = await Promise.all(
  drivers.map(async (driver) => ({
    driver,
    ...(await runScenario({ scenario, driver, form: 'long', seed: randomSeed() })),
  })),
)
for (const { driver, figures, violations, seconds } of reports) {
  const facts = Object.entries(figures).map(([name, value]) => `${name} ${value}`)
  console.log(`${soak.id} ${driver} ${seconds.toFixed(0)} s: ${facts.join(', ')}`)
  for (const violation of violations) console.log(`  ${violation}`)
}
process.exitCode = reports.some(({ violations }) => violations.length > 0) ? 1 : 0
