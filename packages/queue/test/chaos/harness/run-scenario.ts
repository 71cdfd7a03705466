import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Guard, noFault, ownSource, sourceWithout } from './guards.ts'
import { Random } from './random.ts'
import type { DriverName, Scenario, Verdict } from './scenario.ts'

export interface PlannedRun {
  readonly scenario: Scenario
  readonly driver: DriverName
  readonly form: keyof Scenario['sizes']
  readonly seed: number
  /** What is taken out of the queue first. */
  readonly without?: Guard
}

export interface RunReport extends Verdict {
  readonly seconds: number
  /** With the ledgers, the logs and `verdict.json`, when something was wrong; otherwise gone already. */
  readonly folder: string
}

/** The short form waits for no disk where temporary files do not. */
const outputFolders: Readonly<Record<PlannedRun['form'], string>> = {
  long: resolve(import.meta.dirname, '../../../../../chaos-out'),
  short: join(tmpdir(), 'surtidor-chaos'),
}

/** Rejects when the scenario could not be carried through, which says nothing of the queue. */
export async function runScenario({ scenario, driver, form, seed, without }: PlannedRun): Promise<RunReport> {
  const name = [scenario.id, driver, seed, ...(without ? [slug(without.name)] : [])].join('-')
  const folder = join(outputFolders[form], name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { packageFolder } = scenario
  using changed = without && sourceWithout(without, packageFolder)
  const startedAt = performance.now()
  const verdict = await scenario.run({
    driver,
    size: { ...scenario.sizes[form], ...(form === 'short' && without?.size) },
    random: new Random(seed),
    folder,
    source: changed?.path ?? (packageFolder === undefined ? ownSource : join(packageFolder, 'src')),
  })
  const seconds = (performance.now() - startedAt) / 1000
  const report = { ...withFaults(verdict), seconds, folder }
  if (report.violations.length === 0) discard(report)
  else writeFileSync(join(folder, 'verdict.json'), `${JSON.stringify({ form, seed, ...report }, undefined, 2)}\n`)
  return report
}

/** Nobody wants to look into its folder. */
export function discard({ folder }: Pick<RunReport, 'folder'>): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

function withFaults(verdict: Verdict): Verdict {
  if (verdict.faults > 0) return verdict
  return { ...verdict, violations: [...verdict.violations, noFault] }
}

function slug(name: string): string {
  return `without-${name.replaceAll(/[^a-z0-9]+/gi, '-')}`
}

export function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 32)
}
