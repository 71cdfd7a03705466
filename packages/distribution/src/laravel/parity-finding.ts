import type { OutcomeReason } from '../copy/plan/outcomes.ts'
import type { ParityReason } from './parity-reasons.ts'

export const parityKinds = ['missing', 'extra', 'duplicated', 'different'] as const

/** What is wrong with a product of a store, seen from what a copy here would put there. */
export type ParityKind = (typeof parityKinds)[number]

/** One difference between what the original has put into a store and what a copy here would. */
export interface ParityFinding {
  readonly companyId: number
  readonly kind: ParityKind
  /** The distributor's product; 0 for what is a copy of none. */
  readonly sourceId: number
  /** In `tat_items`, null for what is missing there. */
  readonly rowId: number | null
  readonly sku: string
  readonly name: string
  /** The column that differs; null when the whole row does. */
  readonly field: string | null
  readonly original: string | number | null
  readonly ours: string | number | null
  /** As far as the rules tell. */
  readonly reason: ParityReason | OutcomeReason
}

/** Products of one store. */
export interface ParityCounts {
  readonly companyId: number
  /** That a copy here would put there. */
  expected: number
  equal: number
  missing: number
  extra: number
  duplicated: number
  different: number
}
