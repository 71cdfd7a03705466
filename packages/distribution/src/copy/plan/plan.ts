import { setImmediate as nextTurn } from 'node:timers/promises'
import { skuKey } from './assign-skus.ts'
import {
  type ErrorReason,
  type OutcomeCounts,
  type OutcomeKind,
  type OutcomeReason,
  OutcomeTally,
  type PlannedOutcome,
  type Remark,
  type SkipReason,
} from './outcomes.ts'
import { type CopyRules, type PlannedPrice, planPrice } from './plan-price.ts'
import { planSkus, skuRemarks } from './plan-skus.ts'
import { type KeptField, type PlannedProduct, plannedProduct } from './planned-product.ts'
import { comboType, skipReason } from './skip-reason.ts'
import { hasLongText, type SourceProduct, shownSku, sourceSku } from './source-product.ts'
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

/** A page with what of its plan depends on no store: that can be made before a store is asked anything. */
export interface PreparedPage {
  readonly products: readonly SourceProduct[]
  /** One of their SKUs is not its `skuKey`. */
  readonly hasOddSkus: boolean
  /** By the product's id. */
  readonly prepared: ReadonlyMap<number, PreparedProduct>
}

interface PreparedProduct {
  /** Of the SKU that it asks for. */
  readonly skuKey: string
  readonly price: PlannedPrice | Refusal
  /** What becomes of it where it is new and gets the SKU it wants, as most do. */
  readonly asNew: Decision
}

/** Others have their turn after each few products: the page before is on its way to the store meanwhile. */
export async function preparePage(products: readonly SourceProduct[], rules: CopyRules): Promise<PreparedPage> {
  const prepared = new Map<number, PreparedProduct>()
  let hasOddSkus = false
  let index = 0
  for (const product of products) {
    if (isTurnOfOthers(index++)) await nextTurn()
    const one = prepare(product, rules)
    prepared.set(product.id, one)
    hasOddSkus ||= isOdd(product, one)
  }
  return { products, prepared, hasOddSkus }
}

const productsPerTurn = 50

function isOdd(product: SourceProduct, { skuKey: key }: PreparedProduct): boolean {
  return key !== sourceSku(product)
}

/** Where the turn of others comes, in a long loop over the products of a page. */
export function isTurnOfOthers(index: number): boolean {
  return index % productsPerTurn === productsPerTurn - 1
}

function prepare(product: SourceProduct, rules: CopyRules): PreparedProduct {
  const price = priceOrRefusal(product, undefined, rules)
  const skipped = skipReason(product, undefined, rules.policies)
  const verdict = skipped ? ({ outcome: 'skipped', reason: skipped } as const) : price
  const sku = sourceSku(product)
  return { price, skuKey: skuKey(sku), asNew: decide({ product, copied: undefined, verdict }, sku, rules) }
}

/**
 * Decides what becomes of every product of a page. Pure: the same page, store and rules give the same plan, and planning
 * again after it was written gives nothing to write. First each product is looked at alone, then those that are wanted get
 * their SKUs together, because one's SKU may be another's.
 */
export function planPage(page: readonly SourceProduct[], store: StoreContents, rules: CopyRules): PagePlan {
  const prepared = new Map(page.map((product) => [product.id, prepare(product, rules)]))
  return planPrepared({ products: page, prepared, hasOddSkus: false }, store, rules)
}

/** The same for a page that was prepared by the same rules. */
export function planPrepared(page: PreparedPage, store: StoreContents, rules: CopyRules): PagePlan {
  const isAsNew = store.copied.size === 0 && store.refused === undefined
  return (isAsNew && planAsNew(page, store)) || planTogether(page, store, rules)
}

/** The plan of a page of which the store has nothing, and whose SKUs are all free; undefined when one is not. */
function planAsNew({ prepared }: PreparedPage, { takenSkus }: StoreContents): PagePlan | undefined {
  const skus = new FreeSkus(takenSkus)
  const decisions: Decision[] = []
  for (const one of prepared.values()) {
    if (!skus.take(one)) return undefined
    decisions.push(one.asNew)
  }
  return planOf(decisions)
}

/** The same one by one, so that nothing of a product but its row is kept, and that by the caller. */
export class PlanAsNew {
  readonly #rules: CopyRules
  readonly #skus: FreeSkus
  readonly #tally = new OutcomeTally()
  readonly #outcomes: PlannedOutcome[] = []
  #hasOddSkus = false

  constructor(rules: CopyRules, takenSkus: ReadonlySet<string>) {
    this.#rules = rules
    this.#skus = new FreeSkus(takenSkus)
  }

  /** Answers its row, unless it is left out; undefined when the page cannot be planned so. */
  add(product: SourceProduct): { readonly row?: PlannedProduct } | undefined {
    const one = prepare(product, this.#rules)
    const { asNew } = one
    if (asNew.isMadeUp || !this.#skus.take(one)) return undefined
    this.#hasOddSkus ||= isOdd(product, one)
    this.#tally.add(asNew.outcome)
    if (asNew.reasons.length > 0) this.#outcomes.push(...outcomesOf(asNew))
    return asNew
  }

  get hasOddSkus(): boolean {
    return this.#hasOddSkus
  }

  get counts(): OutcomeCounts {
    return this.#tally.counts
  }

  get outcomes(): readonly PlannedOutcome[] {
    return this.#outcomes
  }
}

/** SKUs that are given to products one after the other. */
class FreeSkus {
  readonly #held: Set<string>

  constructor(taken: ReadonlySet<string>) {
    this.#held = new Set([...taken].map(skuKey))
  }

  /** False when another one has the SKU that this one wants. */
  take({ skuKey: key, asNew }: PreparedProduct): boolean {
    if (asNew.row === undefined) return true
    if (this.#held.has(key)) return false
    this.#held.add(key)
    return true
  }
}

function planTogether({ products, prepared }: PreparedPage, store: StoreContents, rules: CopyRules): PagePlan {
  const inputs: PlanInputs = { store, rules, prepared }
  const candidates = products.map((product) => judge(product, inputs))
  const skus = planSkus(candidates.map(skuRequestOf), inputs)
  return planOf(
    candidates.map((candidate) => {
      const { product, copied } = candidate
      const sku = skus.get(product.id)
      const asNew = prepared.get(product.id)?.asNew
      return copied === undefined && asNew?.row?.sku === sku && asNew ? asNew : decide(candidate, sku, rules)
    }),
  )
}

interface PlanInputs {
  readonly store: StoreContents
  readonly rules: CopyRules
  readonly prepared: PreparedPage['prepared']
}

/** A product beside what the store has of it, and why it is not wanted or what it costs. */
interface Candidate {
  readonly product: SourceProduct
  readonly copied: CopiedProduct | undefined
  readonly verdict: PlannedPrice | Refusal
  /** Its row as a new product, which is that of one that is there too, as long as the store keeps nothing. */
  readonly usual?: PlannedProduct | undefined
}

interface Refusal {
  readonly outcome: 'skipped' | 'error'
  readonly reason: SkipReason | ErrorReason
}

function judge(product: SourceProduct, { store, rules, prepared }: PlanInputs): Candidate {
  const copied = store.copied.get(product.id)
  const skipped = skipReason(product, copied, rules.policies)
  if (skipped) return { product, copied, verdict: { outcome: 'skipped', reason: skipped } }
  if (store.refused?.has(product.id)) return { product, copied, verdict: refusedByStore }
  const isOwn = copied?.priceMode === 'manual'
  const usual = prepared.get(product.id)
  const price = isOwn ? priceOrRefusal(product, copied, rules) : usual?.price
  return { product, copied, verdict: price ?? invalidPrice, usual: usual?.asNew.row }
}

/** A product that cannot be copied is an outcome of its own: it must not keep the others from the store. */
function priceOrRefusal(
  product: SourceProduct,
  copied: CopiedProduct | undefined,
  rules: CopyRules,
): PlannedPrice | Refusal {
  return hasLongText(product) ? textTooLong : (planPrice(product, copied, rules) ?? invalidPrice)
}

const invalidPrice: Refusal = { outcome: 'error', reason: 'invalid_price' }
const textTooLong: Refusal = { outcome: 'error', reason: 'text_too_long' }
const refusedByStore: Refusal = { outcome: 'error', reason: 'refused_by_store' }

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

/** Without a SKU to stand under it is left out. */
function decide(candidate: Candidate, sku: string | undefined, rules: CopyRules): Decision {
  const { product, copied, verdict, usual } = candidate
  if ('reason' in verdict) return { product, outcome: verdict.outcome, reasons: [verdict.reason] }
  if (sku === undefined) return { product, outcome: 'skipped', reasons: ['sku_taken'] }
  const keeps = copied ? keptFields(copied, verdict.price) : []
  const standing = { sku, isOff: isOff(product, rules), keeps }
  const row = usual?.sku === sku && keeps.length === 0 ? usual : rowOf(product, verdict, standing)
  return {
    product,
    outcome: outcomeOf(row, copied),
    // What the store has hidden is kept up to date without a word.
    reasons: copied && copied.hiddenAt !== null ? [] : remarksOf(candidate, verdict, standing),
    row,
    suggestedPrice: verdict.suggestedPrice,
    isMadeUp: sku !== product.sku && sku !== copied?.sku,
  }
}

function isOff({ type }: SourceProduct, { policies }: CopyRules): boolean {
  return type === comboType && policies.combo === 'inactive'
}

interface Standing {
  readonly sku: string
  /** True when a policy takes it off sale. */
  readonly isOff: boolean
  readonly keeps: readonly KeptField[]
}

function rowOf(
  product: SourceProduct,
  { cost, price, priceStrategy }: PlannedPrice,
  { sku, isOff, keeps }: Standing,
): PlannedProduct {
  const status = price > 0 && !isOff ? 1 : 0
  return plannedProduct(product, { sku, cost, price, status, priceStrategy, keeps })
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
  const ofSku = skuRemarks(product, copied, sku)
  const isTakenOff = isOff && price > 0 && !copied?.lockedFields.includes('status')
  if (ofSku.length === 0 && !isTakenOff) return remarks
  return [...remarks, ...ofSku, ...(isTakenOff ? (['combo_inactive'] as const) : [])]
}

function outcomeOf({ contentHash }: PlannedProduct, copied: CopiedProduct | undefined): OutcomeKind {
  if (!copied) return 'copied'
  return copied.contentHash === contentHash && copied.sourceState === 'active' ? 'unchanged' : 'updated'
}

function planOf(decisions: readonly Decision[]): PagePlan {
  const inserts: PlannedProduct[] = []
  const updates: PlannedProduct[] = []
  const madeUpSkus: string[] = []
  for (const { outcome, row, isMadeUp } of decisions) {
    if (row === undefined || outcome === 'unchanged') continue
    if (outcome === 'copied') inserts.push(row)
    else updates.push(row)
    if (isMadeUp) madeUpSkus.push(row.sku)
  }
  const noted = decisions.filter(({ reasons }) => reasons.length > 0)
  const tally = new OutcomeTally()
  for (const { outcome } of decisions) tally.add(outcome)
  return { inserts, updates, outcomes: noted.flatMap(outcomesOf), counts: tally.counts, madeUpSkus }
}

function outcomesOf({ product, outcome, reasons, suggestedPrice }: Decision): readonly PlannedOutcome[] {
  return reasons.map((reason) => ({
    sourceId: product.id,
    sku: shownSku(product),
    outcome,
    reason,
    ...(reason === 'margin_low' && suggestedPrice !== undefined && { suggestedPrice }),
  }))
}
