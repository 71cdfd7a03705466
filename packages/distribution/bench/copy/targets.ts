import { median } from '../../../queue/bench/statistics.ts'
import type { Contender } from './contenders/registry.ts'
import type { LaneKey } from './lanes.ts'
import type { Result } from './race.ts'

/** A promise about the time of our copy beside another one's. */
export interface Target {
  readonly products: number
  readonly lane: LaneKey
  readonly other: 'original' | 'hand'
  /** How many times faster than the original, or how many times the time by hand. */
  readonly factor: number
}

export const targets: readonly Target[] = [
  { products: 1_000, lane: 'mariadb', other: 'original', factor: 30 },
  { products: 10_000, lane: 'mariadb', other: 'original', factor: 80 },
  { products: 10_000, lane: 'mariadb', other: 'hand', factor: 1.3 },
  { products: 1_000_000, lane: 'mariadb', other: 'hand', factor: 1.3 },
  { products: 1_000_000, lane: 'sqlite', other: 'hand', factor: 1.5 },
  { products: 1_000_000, lane: 'postgres', other: 'hand', factor: 1.3 },
  { products: 1_000_000, lane: 'two-servers', other: 'hand', factor: 1.5 },
]

export interface Verdict {
  readonly ours: number | undefined
  readonly other: number | undefined
  readonly ratio: number | undefined
  readonly isMet: boolean | undefined
}

/** Medians and their ratio, as far as they were measured. */
export function judge({ products, lane, other, factor }: Target, results: readonly Result[]): Verdict {
  const find = (name: Contender['name']) => medianMs(results, { name, lane, products })
  const [oursMs, otherMs] = [find('ours'), find(other)]
  if (oursMs === undefined || otherMs === undefined) {
    return { ours: oursMs, other: otherMs, ratio: undefined, isMet: undefined }
  }
  const ratio = other === 'original' ? otherMs / oursMs : oursMs / otherMs
  return { ours: oursMs, other: otherMs, ratio, isMet: other === 'original' ? ratio >= factor : ratio <= factor }
}

export interface Pick {
  readonly name: Contender['name']
  readonly lane: LaneKey
  readonly products: number
}

export function medianMs(results: readonly Result[], { name, lane, products }: Pick): number | undefined {
  const result = results.find(
    ({ contender, products: size }) => contender.name === name && contender.lane === lane && size === products,
  )
  const value = median((result?.copies ?? []).map(({ milliseconds }) => milliseconds))
  return Number.isNaN(value) ? undefined : value
}
