import type { Database } from './place.ts'
import { median } from './statistics.ts'

/** One figure of one contender with one setting, one value a round. */
export interface Result {
  readonly measure: string
  readonly contender: string
  readonly database: Database
  readonly setting: string
  /** What the values are: `jobs/s`, `p50 ms` … */
  readonly metric: string
  readonly values: readonly number[]
}

export interface NotRun {
  readonly measure: string
  readonly contender: string
  readonly reason: string
}

export interface Pick {
  readonly measure: string
  readonly contender: string
  readonly metric: string
}

/** A rate is better when it is higher, a time or a size when it is lower. */
export function isRate(metric: string): boolean {
  return metric === 'jobs/s'
}

/** The result of the setting with the best median. */
export function best(results: readonly Result[], { measure, contender, metric }: Pick): Result | undefined {
  const [first, ...rest] = results.filter(
    (result) => result.measure === measure && result.contender === contender && result.metric === metric,
  )
  if (!first) return undefined
  return rest.reduce((a, b) => (isBetter(b, a) ? b : a), first)
}

function isBetter(a: Result, b: Result): boolean {
  const difference = median(a.values) - median(b.values)
  return isRate(a.metric) ? difference > 0 : difference < 0
}
