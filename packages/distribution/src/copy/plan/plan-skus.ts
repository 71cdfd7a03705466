import { assignSkus, isSuffixed, type SkuClaim, skuKey } from './assign-skus.ts'
import type { Remark } from './outcomes.ts'
import type { CopyRules } from './plan-price.ts'
import { isReservedSku } from './skip-reason.ts'
import { hasNoSku, type SourceProduct, sourceSku } from './source-product.ts'
import type { CopiedProduct, StoreContents } from './store-state.ts'

export interface SkuRequest {
  readonly product: SourceProduct
  readonly copied: CopiedProduct | undefined
  /** False for a product that is not written: what it has in the store stays taken. */
  readonly isWanted: boolean
}

/** The SKUs under which the products of a page stand in the store; a product that gets none is missing. */
export function planSkus(
  requests: readonly SkuRequest[],
  { store, rules }: { readonly store: StoreContents; readonly rules: CopyRules },
): ReadonlyMap<number, string> {
  const left = requests.filter(({ isWanted }) => !isWanted).flatMap(({ copied }) => copied?.sku ?? [])
  const claims = requests.filter(({ isWanted }) => isWanted).map(claimOf)
  return assignSkus(claims, { taken: [...store.takenSkus, ...left], conflict: rules.policies.skuConflict })
}

/** What of the SKU somebody should look at. */
export function skuRemarks(product: SourceProduct, copied: CopiedProduct | undefined, sku: string): readonly Remark[] {
  if (isLocked(copied)) return []
  const wanted = sourceSku(product)
  const isSame = sku === wanted || skuKey(sku) === skuKey(wanted)
  if (hasNoSku(product)) return isSame || copied ? ['without_sku'] : ['without_sku', 'sku_suffixed']
  if (isSame) return []
  return [isSuffixed(sku, wanted) ? 'sku_suffixed' : 'sku_kept']
}

/** What is in the store wants the SKU that it has there when the distributor's is missing, reserved or locked out. */
function claimOf({ product, copied }: SkuRequest): SkuClaim {
  const stored = copied ? (copied.sku ?? sourceSku(product)) : null
  const isSettled = stored !== null && (isLocked(copied) || hasNoSku(product) || isReservedSku(sourceSku(product)))
  return { id: product.id, wanted: isSettled ? stored : sourceSku(product), stored }
}

function isLocked(copied: CopiedProduct | undefined): boolean {
  return copied?.lockedFields.includes('sku') === true
}
