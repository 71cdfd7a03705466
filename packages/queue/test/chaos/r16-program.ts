import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from './harness/random.ts'
import type { DriverName, ScenarioContext, Size, Verdict } from './harness/scenario.ts'
import { fullAtNthWrite } from './r16-nth-write.ts'
import { fullServer } from './r16-servers.ts'
import { diskFilledByOthers, diskFilledByQueue, fullLog } from './r16-workers.ts'

/** What this program is told in its environment, as JSON in `SMALL_DISK`. */
export interface SmallDiskSettings {
  readonly driver: DriverName
  readonly source: string
  readonly size: Size
  readonly seed: number
  /** On the machine's own disk. */
  readonly folder: string
  /** A disk of a few megabytes. */
  readonly disk: string
}

export interface SmallDiskContext extends ScenarioContext {
  readonly disk: string
}

type Part = (context: SmallDiskContext) => Promise<Verdict>

const parts: Readonly<Record<DriverName, readonly Part[]>> = {
  sqlite: [fullLog, fullAtNthWrite, diskFilledByQueue, diskFilledByOthers],
  mariadb: [fullServer],
  postgres: [fullServer],
}

/** One part after the other, up to the first in which something is wrong. */
async function runParts(context: SmallDiskContext): Promise<Verdict> {
  let all: Verdict = { figures: {}, faults: 0, violations: [] }
  for (const part of parts[context.driver]) {
    const verdict = await part(context)
    all = {
      figures: { ...all.figures, ...verdict.figures },
      faults: all.faults + verdict.faults,
      violations: verdict.violations,
    }
    if (verdict.faults === 0) all = { ...all, violations: [...all.violations, `Nothing was full in ${part.name}.`] }
    if (all.violations.length > 0) break
  }
  return all
}

if (import.meta.main) {
  const settings: SmallDiskSettings = JSON.parse(process.env.SMALL_DISK ?? '')
  const verdict = await runParts({ ...settings, random: new Random(settings.seed) })
  writeFileSync(join(settings.folder, 'small-disk.json'), JSON.stringify(verdict))
}
