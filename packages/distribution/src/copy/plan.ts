import {
  countOutcomes,
  type ErrorReason,
  type OutcomeCounts,
  type OutcomeKind,
  type OutcomeReason,
  type PlannedOutcome,
  type Remark,
  type SkipReason,
} from './outcomes.ts'
import { type CopyRules, type PlannedPrice, planPrice } from './plan-price.ts'
import { planSkus, skuRemarks } from './plan-skus.ts'
import { contentOf, type KeptField, type PlannedProduct, withHash } from './planned-product.ts'
import { comboType, skipReason } from './skip-reason.ts'
import { type SourceProduct, sourceSku } from './source-product.ts'
import type { CopiedProduct, StoreContents } from './store-state.ts'

export type { OutcomeCounts, OutcomeKind, PlannedOutcome, Remark, SkipReason } from './outcomes.ts'
export type { CopyRules } from './plan-price.ts'
export type { PlannedCategory, PlannedProduct, PlannedTax } from './planned-product.ts'
export type { SourceProduct } from './source-product.ts'

export interface PagePlan {
  readonly inserts: readonly PlannedProduct[]
  /** Products that are there; they come back from being discontinued, and what they keep stays. */
  readonly updates: readonly PlannedProduct[]
  readonly outcomes: readonly PlannedOutcome[]
  /** Their sum is the number of source products of the page. */
  readonly counts: OutcomeCounts
  /**
   * SKUs that no one has asked the store about. When one of them is there, the page is planned again with it among
   * `takenSkus`.
   */
  readonly madeUpSkus: readonly string[]
}

/**
 * Decides what becomes of every product of a page. Pure: the same page, store and rules give the same plan, and planning
 * again after it was written gives nothing to write. First each product is looked at alone, then those that are wanted get
 * their SKUs together, because one's SKU may be another's.
 */
export function planPage(page: readonly SourceProduct[], store: StoreContents, rules: CopyRules): PagePlan {
  const inputs: PlanInputs = { store, rules }
  const candidates = page.map((product) => judge(product, inputs))
  const skus = planSkus(candidates.map(skuRequestOf), inputs)
  return planOf(candidates.map((candidate) => decide(candidate, skus, inputs)))
}

interface PlanInputs {
  readonly store: StoreContents
  readonly rules: CopyRules
}

/** A product beside what the store has of it, and why it is not wanted or what it costs. */
interface Candidate {
  readonly product: SourceProduct
  readonly copied: CopiedProduct | undefined
  readonly verdict: PlannedPrice | Refusal
}

interface Refusal {
  readonly outcome: 'skipped' | 'error'
  readonly reason: SkipReason | ErrorReason
}

function judge(product: SourceProduct, { store, rules }: PlanInputs): Candidate {
  const copied = store.copied.get(product.id)
  const skipped = skipReason(product, copied, rules.policies)
  if (skipped) return { product, copied, verdict: { outcome: 'skipped', reason: skipped } }
  return { product, copied, verdict: planPrice(product, copied, rules) ?? invalidPrice }
}

const invalidPrice: Refusal = { outcome: 'error', reason: 'invalid_price' }

function skuRequestOf({ product, copied, verdict }: Candidate) {
  return { product, copied, isWanted: !('reason' in verdict) }
}

interface Decision {
  readonly product: SourceProduct
  readonly outcome: OutcomeKind
  readonly reasons: readonly OutcomeReason[]
  readonly row?: PlannedProduct
  readonly suggestedPrice?: number | undefined
  readonly isMadeUp?: boolean
}

function decide(candidate: Candidate, skus: ReadonlyMap<number, string>, { rules }: PlanInputs): Decision {
  const { product, copied, verdict } = candidate
  if ('reason' in verdict) return { product, outcome: verdict.outcome, reasons: [verdict.reason] }
  const sku = skus.get(product.id)
  if (sku === undefined) return { product, outcome: 'skipped', reasons: ['sku_taken'] }
  const isOff = product.type === comboType && rules.policies.combo === 'inactive'
  const row = rowOf(candidate, verdict, { sku, isOff })
  return {
    product,
    outcome: outcomeOf(row, copied),
    // What the store has hidden is kept up to date without a word.
    reasons: copied && copied.hiddenAt !== null ? [] : remarksOf(candidate, verdict, { sku, isOff }),
    row,
    suggestedPrice: verdict.suggestedPrice,
    isMadeUp: sku !== product.sku && sku !== copied?.sku,
  }
}

interface Standing {
  readonly sku: string
  /** True when a policy takes it off sale. */
  readonly isOff: boolean
}

function rowOf({ product, copied }: Candidate, price: PlannedPrice, { sku, isOff }: Standing): PlannedProduct {
  const { cost, price: pesos, priceStrategy } = price
  const status = pesos > 0 && !isOff ? 1 : 0
  const keeps = copied ? keptFields(copied, pesos) : []
  return withHash({ ...contentOf(product), sku, cost, price: pesos, status, priceStrategy, keeps })
}

function keptFields({ lockedFields, priceMode }: CopiedProduct, price: number): readonly KeptField[] {
  const locked = lockedFields.filter((field) => field !== 'status' || price > 0)
  return priceMode === 'manual' ? [...locked, 'price'] : locked
}

function remarksOf(
  { product, copied }: Candidate,
  { price, remarks }: PlannedPrice,
  { sku, isOff }: Standing,
): readonly Remark[] {
  const isTakenOff = isOff && price > 0 && !copied?.lockedFields.includes('status')
  return [...remarks, ...skuRemarks(product, copied, sku), ...(isTakenOff ? (['combo_inactive'] as const) : [])]
}

function outcomeOf({ contentHash }: PlannedProduct, copied: CopiedProduct | undefined): OutcomeKind {
  if (!copied) return 'copied'
  return copied.contentHash === contentHash && copied.sourceState === 'active' ? 'unchanged' : 'updated'
}

function planOf(decisions: readonly Decision[]): PagePlan {
  const written = decisions.filter(({ outcome }) => outcome === 'copied' || outcome === 'updated')
  const rows = (kind: OutcomeKind) => written.flatMap(({ outcome, row }) => (outcome === kind && row ? [row] : []))
  return {
    inserts: rows('copied'),
    updates: rows('updated'),
    outcomes: decisions.flatMap(outcomesOf),
    counts: countOutcomes(decisions),
    madeUpSkus: written.flatMap(({ row, isMadeUp }) => (row && isMadeUp ? [row.sku] : [])),
  }
}

function outcomesOf({ product, outcome, reasons, suggestedPrice }: Decision): readonly PlannedOutcome[] {
  return reasons.map((reason) => ({
    sourceId: product.id,
    sku: sourceSku(product),
    outcome,
    reason,
    ...(reason === 'margin_low' && suggestedPrice !== undefined && { suggestedPrice }),
  }))
}
