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
  /** Ours has looked at every product again, too. */
  readonly isVerified?: boolean
}

export const targets: readonly Target[] = [
  { products: 1_000, lane: 'mariadb', other: 'original', factor: 30 },
  { products: 10_000, lane: 'mariadb', other: 'original', factor: 80 },
  { products: 10_000, lane: 'mariadb', other: 'original', factor: 50, isVerified: true },
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
export function judge(target: Target, results: readonly Result[]): Verdict {
  const { products, lane, other, factor, isVerified = false } = target
  const oursMs = medianMs(results, { name: 'ours', lane, products, isVerified })
  const otherMs = medianMs(results, { name: other, lane, products })
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
  /** With what the oracle takes after it. */
  readonly isVerified?: boolean
}

export function medianMs(results: readonly Result[], pick: Pick): number | undefined {
  const { name, lane, products, isVerified = false } = pick
  const result = results.find(
    ({ contender, products: size }) => contender.name === name && contender.lane === lane && size === products,
  )
  const times = (result?.copies ?? []).map(
    ({ milliseconds, verifyMilliseconds = 0 }) => milliseconds + (isVerified ? verifyMilliseconds : 0),
  )
  const value = median(times)
  return Number.isNaN(value) ? undefined : value
}
