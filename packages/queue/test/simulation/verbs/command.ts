import type { Arbitrary, AsyncCommand } from 'fast-check'
import type { Cluster } from './cluster.ts'

/** One thing that somebody does, or that happens to somebody. What it sets going goes on by the schedule. */
export type Command = AsyncCommand<Known, Cluster>

/** What a command may look at before it is done. */
export interface Known {
  readonly cluster: Cluster
}

/** How often it comes, beside the others. */
export type Weighted = readonly [weight: number, arbitrary: Arbitrary<Command>]

export interface Doing {
  readonly name: string
  /** Left out where it cannot be done. Default always. */
  readonly isPossible?: (cluster: Cluster) => boolean
  readonly act: (cluster: Cluster) => unknown
}

/** Nothing more is done once something was wrong, so that the story ends there. */
export function command({ name, isPossible = () => true, act }: Doing): Command {
  return {
    check: ({ cluster }) => cluster.model.violations.length === 0 && isPossible(cluster),
    run: async (_known, cluster) => {
      cluster.model.tell(`${name}:`)
      act(cluster)
    },
    toString: () => name,
  }
}

/** One of them, however many there are; undefined when there is none. */
export function pick<T>(things: readonly T[], number: number): T | undefined {
  return things[number % things.length]
}
