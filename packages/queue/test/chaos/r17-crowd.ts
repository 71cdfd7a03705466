import { setTimeout as wait } from 'node:timers/promises'
import { openChaosDatabase } from './harness/chaos-database.ts'
import type { ScenarioContext, Verdict } from './harness/scenario.ts'
import { LogSize } from './r17-log-size.ts'
import { judge, runOperators } from './r17-operators.ts'
import { startReader, startStoppedWriter } from './r17-processes.ts'

const snapshotMs = 40

/**
 * As fast as they can, beside somebody who always reads, a little later than before. In the middle a process that has begun
 * to write stands still, and is killed.
 */
export async function crowd(context: ScenarioContext): Promise<Verdict> {
  const { size, source, random } = context
  await using database = await openChaosDatabase(context)
  const place = String(database.place)
  using log = new LogSize(place)
  const reader = await startReader(place, snapshotMs)
  const { processes = 0, operations = 0, bytes = 0, stoppedSeconds = 0, p99Ms = 0, logMegabytes = 0 } = size
  const running = runOperators({ source, place, random, processes, operations, bytes, pauseMs: 0 })
  {
    await using _writer = await startStoppedWriter(place)
    await wait(stoppedSeconds * 1000)
  }
  const reports = await running
  const snapshots = await reader.end()
  const found = judge(reports, { place, p99Ms })
  return {
    figures: { ...found.figures, snapshots, 'log MB': log.most },
    faults: snapshots,
    violations: [...found.violations, ...(log.most > logMegabytes ? [`The log grew to ${log.most} MB.`] : [])],
  }
}
