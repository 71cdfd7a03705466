/** What became of a product; each has exactly one. */
export type OutcomeKind = (typeof outcomeKinds)[number]

export const outcomeKinds = ['copied', 'updated', 'unchanged', 'skipped', 'error'] as const

/** Why a product was left out. */
export type SkipReason =
  | 'reserved_sku'
  | 'sku_taken'
  | 'deleted_by_store'
  | 'generic_product'
  | 'combo_product'
  | 'not_inventoriable'

export type ErrorReason = 'invalid_price' | 'text_too_long' | 'refused_by_store'

/** What somebody should look at in a product that is in the store. */
export type Remark =
  | 'without_price'
  | 'without_cost'
  | 'price_floored'
  | 'price_minimum'
  | 'below_cost'
  | 'margin_low'
  | 'without_sku'
  | 'sku_suffixed'
  | 'sku_kept'
  | 'combo_inactive'

export type OutcomeReason = SkipReason | ErrorReason | Remark

/** A product that somebody should look at, and one reason; another reason is another outcome. */
export interface PlannedOutcome {
  readonly sourceId: number
  /** The distributor's, or the one that was made up for a product without one. */
  readonly sku: string
  readonly outcome: OutcomeKind
  readonly reason: OutcomeReason
  /** With `margin_low`: whole pesos that would leave the margin. */
  readonly suggestedPrice?: number
}

export interface OutcomeCounts {
  readonly copied: number
  readonly updated: number
  readonly unchanged: number
  readonly skipped: number
  readonly errors: number
}

/** Counts outcomes as they come. */
export class OutcomeTally {
  readonly #counts: Record<OutcomeKind, number> = { copied: 0, updated: 0, unchanged: 0, skipped: 0, error: 0 }

  add(kind: OutcomeKind): void {
    this.#counts[kind] += 1
  }

  get counts(): OutcomeCounts {
    const { error: errors, ...others } = this.#counts
    return { ...others, errors }
  }
}

/** Products that have an outcome. */
export function sumOfOutcomes({ copied, updated, unchanged, skipped, errors }: OutcomeCounts): number {
  return copied + updated + unchanged + skipped + errors
}
