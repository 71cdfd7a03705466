import { hash } from 'node:crypto'
import type { PriceStrategy } from '../catalog/price-strategy.ts'
import { genericSku } from '../tenancy/provision-store.ts'

/** An active product of the distributor, with all that a store needs of it. */
export interface SourceProduct {
  readonly id: number
  readonly sku: string
  readonly name: string
  /** Null when it has none, or a deleted one. */
  readonly categoryId: number | null
  readonly categoryName: string | null
  readonly taxName: string | null
  readonly taxPercentage: number | null
  /** The latest price under the strategy's label, in pesos. */
  readonly basePrice: number | null
  readonly imagePath: string | null
}

/** What the store already has of a page. */
export interface StoreState {
  /** Content hash of each product that was copied before, by the distributor's id. */
  readonly hashes: ReadonlyMap<number, string | null>
  /** SKUs of the store's own products. */
  readonly ownSkus: ReadonlySet<string>
}

export interface PlannedCategory {
  /** The distributor's category; 0 for TIENDA. */
  readonly sourceId: number
  readonly name: string
}

export interface PlannedTax {
  readonly name: string
  readonly percentage: number
}

/** A product as it will stand in the store, its category and tax still by their natural keys. */
export interface PlannedProduct {
  readonly sourceId: number
  readonly sku: string
  readonly name: string
  readonly category: PlannedCategory
  readonly tax: PlannedTax | null
  readonly imagePath: string | null
  readonly cost: number
  readonly price: number
  /** 1 for sale; 0 until it has a price. */
  readonly status: 0 | 1
  readonly priceStrategy: string
  readonly contentHash: string
}

export type OutcomeKind = 'copied' | 'updated' | 'unchanged' | 'skipped' | 'error'
export type SkipReason = 'reserved_sku' | 'sku_taken'
export type Remark = 'without_price' | 'price_floored'

/** A product that somebody should look at. */
export interface PlannedOutcome {
  readonly sourceId: number
  readonly sku: string
  readonly outcome: OutcomeKind
  readonly reason: SkipReason | Remark | 'invalid_price'
}

export interface OutcomeCounts {
  readonly copied: number
  readonly updated: number
  readonly unchanged: number
  readonly skipped: number
  readonly errors: number
}

export interface PagePlan {
  readonly inserts: readonly PlannedProduct[]
  readonly updates: readonly PlannedProduct[]
  readonly outcomes: readonly PlannedOutcome[]
  /** Their sum is the number of source products of the page. */
  readonly counts: OutcomeCounts
}

/** Decides what becomes of every product of a page. Pure: the same page, state and strategy give the same plan. */
export function planPage(page: readonly SourceProduct[], state: StoreState, strategy: PriceStrategy): PagePlan {
  const decisions = page.map((product) => decide(product, state, strategy))
  const written = (kind: OutcomeKind) => decisions.flatMap(({ outcome, row }) => (outcome === kind && row ? [row] : []))
  return {
    inserts: written('copied'),
    updates: written('updated'),
    outcomes: decisions.flatMap(({ product: { id, sku }, outcome, reason }) =>
      reason ? [{ sourceId: id, sku, outcome, reason }] : [],
    ),
    counts: countOutcomes(decisions),
  }
}

interface Decision {
  readonly product: SourceProduct
  readonly outcome: OutcomeKind
  readonly reason?: PlannedOutcome['reason'] | undefined
  readonly row?: PlannedProduct
}

function decide(product: SourceProduct, state: StoreState, strategy: PriceStrategy): Decision {
  const skipped = skipReason(product, state)
  if (skipped) return { product, outcome: 'skipped', reason: skipped }
  const pricing = priceOf(product, strategy)
  if (!pricing) return { product, outcome: 'error', reason: 'invalid_price' }
  const { reason, ...prices } = pricing
  const row = withHash({ ...contentOf(product), ...prices, priceStrategy: strategy.name })
  return { product, outcome: outcomeOf(row, state), reason, row }
}

function skipReason({ id, sku }: SourceProduct, { hashes, ownSkus }: StoreState): SkipReason | undefined {
  if (sku.toUpperCase() === genericSku) return 'reserved_sku'
  // A product that was copied before goes on being updated, even if the store has made one with its SKU since.
  return ownSkus.has(sku) && !hashes.has(id) ? 'sku_taken' : undefined
}

interface Pricing {
  readonly cost: number
  readonly price: number
  readonly status: 0 | 1
  readonly reason?: Remark
}

/** Beyond this the price rule would leave the whole numbers that a double holds exactly. */
const maxCost = 1e12

/** Undefined when the price is not one that could be charged. */
function priceOf({ basePrice }: SourceProduct, strategy: PriceStrategy): Pricing | undefined {
  const cost = Math.trunc(basePrice ?? 0)
  if (!(cost >= 0 && cost <= maxCost)) return undefined
  if (cost === 0) return { cost: 0, price: 0, status: 0, reason: 'without_price' }
  const { price, floored } = strategy.price(cost)
  return { cost, price, status: 1, ...(floored && { reason: 'price_floored' }) }
}

function contentOf(product: SourceProduct) {
  const { id, sku, name, categoryId, categoryName, taxName, taxPercentage, imagePath } = product
  const category =
    categoryId === null || categoryName === null ? withoutCategory : { sourceId: categoryId, name: categoryName }
  const tax = taxName === null || taxPercentage === null ? null : { name: taxName, percentage: taxPercentage }
  return { sourceId: id, sku, name, category, tax, imagePath: imagePath || null }
}

const withoutCategory: PlannedCategory = { sourceId: 0, name: 'TIENDA' }

function withHash(row: Omit<PlannedProduct, 'contentHash'>): PlannedProduct {
  const { sku, name, category, tax, imagePath, cost, price, status, priceStrategy } = row
  const content = [sku, name, category.sourceId, category.name, tax?.name, tax?.percentage, imagePath, cost, price]
  const text = JSON.stringify([...content, status, priceStrategy])
  return { ...row, contentHash: hash('sha256', text, 'hex').slice(0, 32) }
}

function outcomeOf({ sourceId, contentHash }: PlannedProduct, { hashes }: StoreState): OutcomeKind {
  if (!hashes.has(sourceId)) return 'copied'
  return hashes.get(sourceId) === contentHash ? 'unchanged' : 'updated'
}

function countOutcomes(decisions: readonly Decision[]): OutcomeCounts {
  const count = (kind: OutcomeKind) => decisions.filter(({ outcome }) => outcome === kind).length
  return {
    copied: count('copied'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    skipped: count('skipped'),
    errors: count('error'),
  }
}
