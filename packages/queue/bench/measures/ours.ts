import type { Bench } from '../bench.ts'
import { type Contender, contenders } from '../contenders/registry.ts'

/** Our own contenders, for the measures that ask nothing of the peers. */
export function ours(bench: Bench, measure: string): readonly Contender[] {
  return bench.available(
    measure,
    contenders.filter(({ module }) => module === 'surtidor'),
  )
}
