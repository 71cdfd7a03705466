import type { Bench } from '../bench.ts'
import { childTrial, runRace } from './race.ts'

/** Dispatches a second, each awaited before the next. */
export function dispatch(bench: Bench): Promise<void> {
  const trial = childTrial(bench, 'dispatch', () => (bench.options.isQuick ? 500 : 2_000))
  return runRace(bench, { measure: 'dispatch', race: 'dispatch', trial })
}

/** Jobs a second when 10,000 are dispatched in one call. */
export function dispatchMany(bench: Bench): Promise<void> {
  const trial = childTrial(bench, 'dispatch-many', () => 10_000)
  return runRace(bench, { measure: 'dispatch-many', race: 'dispatch-many', trial })
}
