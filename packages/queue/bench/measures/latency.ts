import type { Bench, Entry } from '../bench.ts'
import type { Figures } from '../child-task.ts'
import { runChild, startChild } from '../run-child.ts'
import { childTrial, runRace } from './race.ts'

/** From the call of dispatch to the handler's start, one job every 50 ms: inside one process, then from one to another. */
export async function latency(bench: Bench): Promise<void> {
  const size = bench.options.isQuick ? 20 : 100
  const within = childTrial(bench, 'latency-within', () => size)
  await runRace(bench, { measure: 'latency-within', race: 'latency', trial: within })
  const across = (entry: Entry) => acrossProcesses(bench, entry, size)
  await runRace(bench, { measure: 'latency-across', race: 'latency', trial: across })
}

function acrossProcesses(bench: Bench, { contender, settings }: Entry, size: number): Promise<Figures> {
  const { database, module } = contender
  return bench.places.lend(database, async (place) => {
    const worker = startChild({ action: 'latency-worker', module, place, settings, size })
    await worker.ready
    await runChild({ action: 'latency-dispatcher', module, place, settings, size })
    return worker.figures
  })
}
