import { setTimeout as wait } from 'node:timers/promises'
import { type ChaosDatabase, isDrained, openChaosDatabase } from './harness/chaos-database.ts'
import { Fleet } from './harness/fleet.ts'
import { readLedgers } from './harness/ledger.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { complaintsOf, type Growth, growthOf, type Sample } from './r21-growth.ts'
import { sampleEverySeconds, soakJob, soakProgram } from './r21-soak-program.ts'

/**
 * A worker at an even pace for a long time: what it holds after a full collection must not grow, nor what it has open. It
 * takes minutes to tell a leak from noise, so that there is no short form; `npm run soak` runs it alone.
 */
export const soak: Omit<Scenario, 'sizes' | 'guards'> = {
  id: 'R21',
  title: 'a worker does not grow',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  run,
}

async function run(context: ScenarioContext): Promise<Verdict> {
  const { driver, folder, source, size } = context
  await using database = await openChaosDatabase(context)
  const settings = { source, driver, place: database.place, folder, retryAfter: 90 }
  const environment = { NODE_OPTIONS: '--expose-gc', ...(size.leak && { SOAK_LEAK: '1' }) }
  await using fleet = new Fleet({ size: 1, program: soakProgram, words: ['queue:work'], settings, environment })
  fleet.start()
  const pushed = await pushEvenly(context, database)
  const wasDrained = await isDrained(database, 60)
  await fleet.stop()
  return judge(context, { pushed, wasDrained })
}

async function pushEvenly({ driver, source, size }: ScenarioContext, { place }: ChaosDatabase): Promise<number> {
  const { minutes = 0, perSecond = 0 } = size
  const loaded = await loadQueue(source, driver)
  const queue = loaded.index.createQueue({ connection: loaded.connect(place, { retryAfter: 90 }) })
  const job = loaded.index.defineJob<{ readonly number: number }>(soakJob, {}, () => undefined)
  const startedAt = performance.now()
  let pushed = 0
  for (let seconds = 0; seconds < minutes * 60; seconds = (performance.now() - startedAt) / 1000) {
    const due = Math.floor(seconds * perSecond) - pushed
    await queue.pushMany(
      job,
      Array.from({ length: due }, (_, index) => ({ number: pushed + index })),
    )
    pushed += due
    await wait(100)
  }
  await queue.close()
  return pushed
}

interface Soaked {
  readonly pushed: number
  readonly wasDrained: boolean
}

function judge({ folder, size }: ScenarioContext, { pushed, wasDrained }: Soaked): Verdict {
  const { minutes = 0 } = size
  const done = readLedgers(folder, 'soak').filter(({ event }) => event === 'done').length
  const runner = samplesOf(folder, 'runner')
  const parent = samplesOf(folder, 'parent')
  const ofRunner = growthOf(runner)
  const ofParent = growthOf(parent)
  const planned = (minutes * 60) / sampleEverySeconds
  const isSeen = [runner, parent].every((samples) => samples.length >= planned * 0.8)
  return {
    figures: { jobs: done, ...figuresOf('', ofRunner), ...figuresOf('parent: ', ofParent) },
    faults: runner.length,
    violations: [
      ...(isSeen ? [] : [`Only ${runner.length} and ${parent.length} of ${planned} samples were taken.`]),
      ...complaintsOf('runner', ofRunner),
      ...complaintsOf('parent', ofParent),
      ...(wasDrained && done === pushed ? [] : [`${done} of ${pushed} jobs were done.`]),
    ],
  }
}

/** Of the one process of this role; another would have taken its place only if it had ended. */
function samplesOf(folder: string, role: string): readonly Sample[] {
  return readLedgers(folder, role).flatMap((entry) => (entry.event === 'sample' ? [entry] : []))
}

function figuresOf(prefix: string, growth: Growth): Verdict['figures'] {
  return {
    [`${prefix}heap MB/h`]: growth.heapPerHour.toFixed(2),
    [`${prefix}resident MB/h`]: growth.residentPerHour.toFixed(2),
    [`${prefix}heap MB`]: growth.heapMegabytes.toFixed(1),
    [`${prefix}handles`]: `${growth.handles.least} to ${growth.handles.most}`,
  }
}
