import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { eventually } from '../support/eventually.ts'
import { openChaosDatabase } from './harness/chaos-database.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import type { ScenarioContext, Verdict } from './harness/scenario.ts'
import { LogSize } from './r17-log-size.ts'
import { judge, runOperators } from './r17-operators.ts'
import { startReader } from './r17-processes.ts'

/** What the log may have when the reader has gone: twice what it keeps. */
const restingMegabytes = 32

/**
 * One snapshot that stays open, as of a dashboard that forgot its cursor, while jobs come and go at a usual pace. What is
 * written meanwhile stays in the log, whoever writes it; when the reader has gone it shrinks, also if nothing more comes.
 */
export async function longReader(context: ScenarioContext): Promise<Verdict> {
  const { size, source, random } = context
  const folder = join(context.folder, 'long-reader')
  mkdirSync(folder)
  await using database = await openChaosDatabase({ ...context, folder })
  const place = String(database.place)
  const {
    processes = 0,
    slowOperations: operations = 0,
    readerSeconds = 0,
    bytes = 0,
    p99Ms = 0,
    logMegabytes = 0,
  } = size
  using log = new LogSize(place)
  const reader = await startReader(place, 10 * readerSeconds * 1000)
  const startedAt = performance.now()
  const pauseMs = (0.8 * readerSeconds * 1000) / operations
  const reports = await runOperators({ source, place, random, processes, operations, bytes, pauseMs })
  await wait(Math.max(0, readerSeconds * 1000 - (performance.now() - startedAt)))
  const most = log.most
  await reader.end()
  // An idle worker looks at its queue, and that is all.
  const { connect } = await loadQueue(source, 'sqlite')
  await using connection = connect(place, { retryAfter: 600 })
  const hasShrunk = await eventually(async () => {
    await connection.claim({ queues: ['none'], limit: 1 })
    return log.now <= restingMegabytes
  }, 10).catch(() => false)
  const found = judge(reports, { place, p99Ms })
  return {
    figures: {
      'operations beside a reader': found.figures.operations ?? 0,
      'p99 ms beside a reader': found.figures['p99 ms'] ?? 0,
      'log MB beside a reader': most,
    },
    faults: 1,
    violations: [
      ...found.violations,
      ...(most > logMegabytes ? [`The log grew to ${most} MB beside a reader.`] : []),
      ...(hasShrunk ? [] : [`The reader has gone, and the log still has ${log.now} MB.`]),
    ],
  }
}
