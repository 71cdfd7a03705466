import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench, Entry } from '../bench.ts'
import type { Figures } from '../child-task.ts'
import type { Place } from '../place.ts'
import { runChild, startChild } from '../run-child.ts'
import { ours } from './ours.ts'

const concurrency = 10
const seconds = 10
/** As the executable `surtidor` starts its workers, which keeps what Node makes of the sources between runs. */
const launcher = readFileSync(join(import.meta.dirname, '../../../../surtidor'), 'utf8')
const nodeFlags = launcher.match(/--[a-z-]+=\d+/g) ?? []
const environment = { NODE_COMPILE_CACHE: join(import.meta.dirname, '../node_modules/.cache/surtidor') }
/**
 * With handlers of two milliseconds a small and a large queue keep a worker equally busy, so that only the backlog
 * differs; a large one with no-op jobs then shows what full speed costs.
 */
const scenes = [
  { backlog: 1_000, handlerMs: 2 },
  { backlog: 1_000_000, handlerMs: 2 },
  { backlog: 1_000_000, handlerMs: 0 },
] as const

/** The memory of a worker with few and with very many jobs waiting. */
export async function memory(bench: Bench): Promise<void> {
  const rounds = Math.min(3, bench.options.rounds)
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of ours(bench, 'memory')) {
      for (const scene of scenes) await weigh(bench, { contender, settings: { concurrency, ...scene } })
    }
  }
}

async function weigh(bench: Bench, entry: Entry): Promise<void> {
  const { backlog = 0, handlerMs = 0 } = entry.settings
  const figures = await bench.attempt('memory', entry, () =>
    bench.places.lend(entry.contender.database, (place) => workWithBacklog(entry, place, backlog)),
  )
  const pace = handlerMs === 0 ? ', full speed' : ''
  if (figures) bench.keep('memory', entry, { [`RSS MB, ${backlog} waiting${pace}`]: figures['RSS MB'] ?? Number.NaN })
}

async function workWithBacklog({ contender, settings }: Entry, place: Place, backlog: number): Promise<Figures> {
  const { module } = contender
  await runChild({ action: 'seed', module, place, settings, size: backlog }, 600_000)
  const worker = startChild({ action: 'memory', module, place, settings, size: seconds, nodeFlags, environment })
  await worker.ready
  await runChild({ action: 'feed', module, place, settings, size: seconds })
  return worker.figures
}
