import type { Arbitrary, AsyncCommand } from 'fast-check'
import type { Site } from './site.ts'

/** One thing that somebody does or that happens, and the time and the network in between. */
export type Command = AsyncCommand<{ readonly site: Site }, Site>

/** How often it comes, beside the others. */
export type Weighted = readonly [weight: number, arbitrary: Arbitrary<Command>]

export interface Doing {
  readonly name: string
  /** Left out where it cannot be done. Default always. */
  readonly isPossible?: (site: Site) => boolean
  readonly act: (site: Site) => unknown
}

/** Nothing more is done once something was wrong, so that the story ends there. */
export function command({ name, isPossible = () => true, act }: Doing): Command {
  return {
    check: ({ site }) => site.model.violations.length === 0 && isPossible(site),
    run: async (_known, site) => {
      site.model.tell(`${name}:`)
      await act(site)
    },
    toString: () => name,
  }
}
