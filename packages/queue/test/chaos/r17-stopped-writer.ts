import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openChaosDatabase } from './harness/chaos-database.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import type { ScenarioContext, Verdict } from './harness/scenario.ts'
import { startStoppedWriter } from './r17-processes.ts'

/** The deadline of a statement is ten seconds, however many wait behind each other. */
const latestSeconds = 11.5
const callers = 20

/** A writer that hangs for longer than anybody waits: all are told, in time, and all goes on as soon as it is killed. */
export async function stoppedWriter(context: ScenarioContext): Promise<Verdict> {
  if (!context.size.isPastDeadline) return { figures: {}, faults: 0, violations: [] }
  const folder = join(context.folder, 'stopped-writer')
  mkdirSync(folder)
  await using database = await openChaosDatabase({ ...context, folder })
  const { connect } = await loadQueue(context.source, 'sqlite')
  await using connection = connect(database.place, { retryAfter: 600 })
  const push = () => connection.push([{ queue: 'default', payload: '{}', due: { inSeconds: 0 } }])
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1000
  const answers: unknown[] = []
  let toldAfter = 0
  {
    await using _writer = await startStoppedWriter(String(database.place))
    const ask = () =>
      push().catch((error: unknown) => {
        toldAfter = seconds()
        answers.push(error instanceof Error ? Reflect.get(error, 'code') : error)
      })
    await Promise.all(Array.from({ length: callers }, ask))
  }
  const freedAt = seconds()
  await push()
  const backAfter = seconds() - freedAt
  return {
    figures: { 'told of a stopped writer after s': toldAfter.toFixed(1), 'back after s': backAfter.toFixed(2) },
    faults: answers.length,
    violations: [
      ...(answers.length === callers ? [] : ['Somebody wrote while another had the right to.']),
      ...(answers.every((code) => code === 'DATABASE_BUSY') ? [] : [`Somebody was told ${answers.join(', ')}.`]),
      ...(toldAfter < latestSeconds ? [] : [`Somebody was told only after ${toldAfter.toFixed(1)} s.`]),
      ...(backAfter < 1 ? [] : [`The writer was gone, and the next one waited for ${backAfter.toFixed(1)} s.`]),
    ],
  }
}
