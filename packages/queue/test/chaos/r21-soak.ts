import { setTimeout as wait } from 'node:timers/promises'
import { type ChaosDatabase, isDrained, openChaosDatabase } from './harness/chaos-database.ts'
import { Fleet } from './harness/fleet.ts'
import { readLedgers } from './harness/ledger.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { trend } from './harness/trend.ts'
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

/** Megabytes an hour. */
const steepest = 10
const handlesApart = 2
/** Code is compiled and pools fill up: so much of the time does not count. */
const warmUp = 0.2

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
  const all = readLedgers(folder, 'soak')
  const samples = all.flatMap((entry) => (entry.event === 'sample' ? [entry] : []))
  const counted = samples.slice(Math.floor(samples.length * warmUp))
  const done = all.filter(({ event }) => event === 'done').length
  const perHour = (measure: 'heapMegabytes' | 'residentMegabytes') =>
    trend(counted.map((sample) => ({ x: sample.t / 3_600_000, y: sample[measure] })))
  const heap = perHour('heapMegabytes')
  const handles = counted.map((sample) => sample.handles)
  const apart = Math.max(...handles) - Math.min(...handles)
  const planned = (minutes * 60) / sampleEverySeconds
  const complaints: readonly (readonly [boolean, string])[] = [
    [samples.length < planned * 0.8, `Only ${samples.length} of ${planned} samples were taken.`],
    [heap >= steepest, `The heap grows by ${heap.toFixed(1)} MB an hour.`],
    [apart > handlesApart, `From ${Math.min(...handles)} to ${Math.max(...handles)} files were open.`],
    [!wasDrained || done !== pushed, `${done} of ${pushed} jobs were done.`],
  ]
  return {
    figures: {
      jobs: done,
      'heap MB/h': heap.toFixed(2),
      'resident MB/h': perHour('residentMegabytes').toFixed(2),
      'heap MB': counted.at(-1)?.heapMegabytes.toFixed(1) ?? 'none',
      handles: `${Math.min(...handles)} to ${Math.max(...handles)}`,
    },
    faults: samples.length,
    violations: complaints.filter(([isTrue]) => isTrue).map(([, text]) => text),
  }
}
