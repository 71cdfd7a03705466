import { standardRules } from '../copy/copy-rules.ts'
import type { CopyRules, PlannedProduct } from '../copy/plan/plan.ts'
import type { ParityFinding } from './parity-finding.ts'
import type { ParityReason } from './parity-reasons.ts'
import type { OriginalPrice, OriginalProduct } from './parity-source.ts'
import type { OriginalRow } from './parity-store.ts'

export type Difference = Pick<ParityFinding, 'field' | 'original' | 'ours'> & { readonly reason: ParityReason }

/** A row of the original beside what a copy here would put in its place. */
export interface ComparedRow {
  readonly row: OriginalRow
  readonly planned: PlannedProduct
  readonly product: OriginalProduct
  readonly companyId: number
  /** By which the row was planned; the original has but one. */
  readonly rules: CopyRules
}

/** The columns that differ, and why. Brand, unit and the hash have no columns in the original; stock is the store's. */
export function differencesOf(compared: ComparedRow): readonly Difference[] {
  const { row, planned } = compared
  const found: (Difference | undefined)[] = [
    differs('sku', [row.sku, planned.sku], () => whySku(compared)),
    differs('name', [row.name, planned.name], () => whyOther(compared)),
    category(compared),
    tax(compared),
    differs('img_path', [row.image, planned.imagePath], () => whyImage(compared)),
    differs('cost', [row.cost, planned.cost], () => whyCost(compared)),
    differs('price', [row.price, planned.price], () => whyPrice(compared)),
    differs('status', [row.status, planned.status], () => whyStatus(compared)),
  ]
  return found.filter((difference) => difference !== undefined)
}

function differs(
  field: string,
  [original, ours]: readonly [string | number | null, string | number | null],
  why: () => ParityReason,
): Difference | undefined {
  return original === ours ? undefined : { field, original, ours, reason: why() }
}

function whySku(compared: ComparedRow): ParityReason {
  const { product, rules } = compared
  if (product.sku === null || product.sku.trim() === '') return 'SKU_MISSING'
  if (product.sku === compared.row.sku && rules.policies.skuConflict === 'suffix') return 'OTHER_RULE'
  return whyOther(compared)
}

function category(compared: ComparedRow): Difference | undefined {
  const { row, planned, companyId } = compared
  const isOwn = row.categoryCompanyId === companyId
  const ours = planned.category.name
  if (isOwn && row.category === ours) return undefined
  const reason = () => {
    if (!isOwn) return 'CATEGORY_OF_ANOTHER'
    return row.category?.trim().toUpperCase() === 'TIENDA' ? 'CATEGORY_LOST' : whyOther(compared)
  }
  return { field: 'categoryId', original: row.category, ours, reason: reason() }
}

function tax(compared: ComparedRow): Difference | undefined {
  const { row, planned } = compared
  const [original, ours] = [
    taxText(row.taxName, row.taxPercentage),
    taxText(planned.tax?.name, planned.tax?.percentage),
  ]
  if (original === null && row.taxId !== null && ours !== null) {
    return { field: 'taxId', original: row.taxId, ours, reason: 'TAX_UNKNOWN' }
  }
  return differs('taxId', [original, ours], () => whyOther(compared))
}

function taxText(name: string | null | undefined, percentage: number | null | undefined): string | null {
  return name == null || percentage == null ? null : `${name} (${percentage} %)`
}

function whyImage(compared: ComparedRow): ParityReason {
  const { row, product } = compared
  const image = product.images.find(({ path }) => path === row.image)
  if (!image) return whyOther(compared)
  return image.isDeleted ? 'IMAGE_DELETED' : 'EARLIER_IMAGE'
}

function whyCost(compared: ComparedRow): ParityReason {
  const { row, product } = compared
  const hasItsCost = ({ pesos }: OriginalPrice) => Math.trunc(pesos) === row.cost
  const newest = product.prices
    .map(({ createdAt }) => createdAt ?? '')
    .toSorted()
    .at(-1)
  const taken = product.prices.find((price) => (price.createdAt ?? '') === newest && hasItsCost(price))
  if (taken?.isDeleted) return 'PRICE_DELETED'
  if (taken?.isOfWarehouse) return 'PRICE_OF_WAREHOUSE'
  if (taken) return 'PRICE_BY_CREATED_AT'
  if (isOfReceivedOrder(compared)) return 'RECEIVED_ORDER'
  if (compared.rules.strategy.baseLabel !== standardRules.strategy.baseLabel) return 'OTHER_RULE'
  if (product.prices.some(hasItsCost)) return 'OLDER_PRICE'
  const isChanged = product.prices.some(({ updatedAt }) => isAfter(updatedAt, row.createdAt))
  return isChanged ? 'CHANGED_SINCE' : whyOther(compared)
}

function isOfReceivedOrder({ row, product }: ComparedRow): boolean {
  const highest = product.prices.reduce((most, { pesos }) => Math.max(most, Math.trunc(pesos)), 0)
  return highest > 0 && row.cost === highest && row.price === raisedToHundred(row.cost)
}

function whyPrice(compared: ComparedRow): ParityReason {
  const { row, planned } = compared
  const isByRule = row.price === originalPrice(row.cost)
  if (row.cost === planned.cost && isByRule) return whyOurs(row)
  if (isByRule) return 'FOLLOWS_COST'
  if (row.cost !== planned.cost && isOfReceivedOrder(compared)) return 'RECEIVED_ORDER'
  if (row.cost > 0 && earlierPrices(row.cost).includes(row.price)) return 'EARLIER_RULE'
  return row.price < row.cost ? 'PRICE_BELOW_COST' : whyOther(compared)
}

/** Of a price that the original's rule gives, and ours does not. */
function whyOurs({ cost, price }: OriginalRow): ParityReason {
  if (price === 0) return 'WITHOUT_PRICE'
  return price < cost ? 'PRICE_BELOW_COST' : 'OTHER_RULE'
}

/** The original's rule in whole numbers, without a floor: cost / 0.7 to the next hundred. */
function originalPrice(cost: number): number {
  return 100 * Math.floor((2 * Math.trunc(cost) + 70) / 140)
}

/** Its rules of the four weeks before. */
function earlierPrices(cost: number): readonly number[] {
  return [cost, Math.round(cost * 1.3), raisedToHundred(cost)]
}

function raisedToHundred(cost: number): number {
  return 100 * Math.ceil(cost / 100)
}

function whyStatus(compared: ComparedRow): ParityReason {
  const { row, planned, product, rules } = compared
  if (row.status !== 1) return 'TAKEN_OFF'
  if (planned.price === 0) return 'WITHOUT_PRICE'
  return product.type === 'COMBO' && rules.policies.combo === 'inactive' ? 'OTHER_RULE' : whyOther(compared)
}

/** What is left when no rule tells more. An edit cuts the link, so a row that has its link was not edited in the store. */
function whyOther({ row, product }: ComparedRow): ParityReason {
  if (row.sourceId === 0) return 'EDITED'
  return isAfter(product.updatedAt, row.createdAt) ? 'CHANGED_SINCE' : 'UNEXPLAINED'
}

function isAfter(moment: string | null, other: string | null): boolean {
  return moment !== null && other !== null && moment > other
}
