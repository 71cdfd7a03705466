import type { Bench } from '../bench.ts'
import { childTrial, runRace } from './race.ts'

/** Jobs a second of one worker process on a backlog, each contender at its best. */
export function throughput(bench: Bench): Promise<void> {
  const share = bench.options.isQuick ? 0.25 : 1
  const trial = childTrial(bench, 'drain', ({ jobs }) => Math.round(jobs * share))
  return runRace(bench, { measure: 'throughput', race: 'throughput', trial })
}

/** The same with handlers strictly one after the other. */
export function oneAtATime(bench: Bench): Promise<void> {
  const trial = childTrial(bench, 'drain', () => (bench.options.isQuick ? 2_000 : 10_000))
  return runRace(bench, { measure: 'one-at-a-time', race: 'one-at-a-time', trial })
}
