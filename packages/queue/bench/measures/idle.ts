import type { Bench } from '../bench.ts'
import { runChild } from '../run-child.ts'
import { ours } from './ours.ts'

const settings = { concurrency: 10 }
const secondsCounted = 60

/** What a worker with nothing to do asks of its server. Each server counts for itself, so they are all asked at once. */
export async function idle(bench: Bench): Promise<void> {
  // SQLite has no server to load, and no counter.
  const onServers = ours(bench, 'idle').filter(({ database }) => database !== 'sqlite')
  await Promise.all(
    onServers.map(async (contender) => {
      const entry = { contender, settings }
      const { database, module } = contender
      const figures = await bench.attempt('idle', entry, () =>
        bench.places.lend(database, (place) =>
          runChild({ action: 'idle', module, place, settings, size: secondsCounted }, 300_000),
        ),
      )
      if (figures) bench.keep('idle', entry, figures)
    }),
  )
}
