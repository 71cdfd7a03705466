import type { Bench } from '../bench.ts'
import { runChild } from '../run-child.ts'
import { ours } from './ours.ts'

/** What one claim costs with little waiting and with very much. */
export async function claim(bench: Bench): Promise<void> {
  const { isQuick } = bench.options
  const settings = { backlog: isQuick ? 50_000 : 1_000_000, blocks: isQuick ? 1 : Math.max(5, bench.options.rounds) }
  const size = isQuick ? 60 : 200
  for (const contender of ours(bench, 'claim')) {
    const entry = { contender, settings }
    const { database, module } = contender
    const figures = await bench.attempt('claim', entry, () =>
      bench.places.lend(database, (place) =>
        bench.places.lend(database, (otherPlace) =>
          runChild({ action: 'claim', module, place, otherPlace, settings, size }, 900_000),
        ),
      ),
    )
    if (figures) bench.keep('claim', entry, figures)
  }
}
