import type { Guard } from './harness/guards.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { crowd } from './r17-crowd.ts'
import { longReader } from './r17-long-reader.ts'
import { refusals } from './r17-refusals.ts'
import { stoppedWriter } from './r17-stopped-writer.ts'

const guards: readonly Guard[] = [
  {
    name: 'transactions that begin immediate',
    changes: [{ file: 'drivers/sqlite.ts', find: "exec('begin immediate')", replace: "exec('begin')" }],
  },
  {
    name: 'a wait for the file outside of SQLite',
    changes: [{ file: 'drivers/sqlite-file.ts', find: 'await wait(pauseMs())', replace: 'throw new Error("busy")' }],
  },
  {
    name: 'a log that is kept small under readers',
    changes: [{ file: 'drivers/sqlite.ts', find: 'this.#log.keepSmall()', replace: '' }],
  },
  {
    name: 'refusal of a SQLite that can corrupt the file',
    changes: [{ file: 'drivers/sqlite-file.ts', find: '  checkVersion(path)\n', replace: '' }],
  },
  {
    name: 'refusal of a network filesystem',
    changes: [{ file: 'drivers/sqlite-file.ts', find: '    checkFilesystem(path)\n', replace: '' }],
  },
]

/** Processes that all write one file, and what makes that hard for them. */
export const oneFile: Scenario = {
  id: 'R17',
  title: 'many processes share one SQLite file',
  drivers: ['sqlite'],
  sizes: {
    long: {
      processes: 6,
      // With the slow ones 2,000 of each process.
      operations: 1_600,
      bytes: 200,
      stoppedSeconds: 5,
      p99Ms: 500,
      logMegabytes: 64,
      slowOperations: 400,
      readerSeconds: 60,
      isPastDeadline: 1,
    },
    short: {
      processes: 3,
      operations: 180,
      bytes: 120_000,
      stoppedSeconds: 1,
      p99Ms: 5_000,
      logMegabytes: 40,
      slowOperations: 20,
      readerSeconds: 1,
      isPastDeadline: 0,
    },
  },
  guards,
  run,
}

type Part = (context: ScenarioContext) => Promise<Verdict>

const parts: readonly Part[] = [refusals, crowd, longReader, stoppedWriter]

/** One part after the other, up to the first in which something is wrong. */
async function run(context: ScenarioContext): Promise<Verdict> {
  let all: Verdict = { figures: {}, faults: 0, violations: [] }
  for (const part of parts) {
    const { figures, faults, violations } = await part(context)
    all = { figures: { ...all.figures, ...figures }, faults: all.faults + faults, violations }
    if (violations.length > 0) break
  }
  return all
}
