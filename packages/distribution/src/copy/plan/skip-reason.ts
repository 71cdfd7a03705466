import { genericSku } from '../../tenancy/provision-store.ts'
import { skuKey } from './assign-skus.ts'
import type { SkipReason } from './outcomes.ts'
import type { CopyPolicies } from './policies.ts'
import { type SourceProduct, sourceSku } from './source-product.ts'
import type { CopiedProduct } from './store-state.ts'

/** Why a product is left out whatever the rest of its page holds; undefined when nothing speaks against it. */
export function skipReason(
  product: SourceProduct,
  copied: CopiedProduct | undefined,
  policies: CopyPolicies,
): SkipReason | undefined {
  if (copied && copied.deletedAt !== null) return 'deleted_by_store'
  if (isReservedSku(sourceSku(product)) && isReservedSku(copied?.sku ?? genericSku)) return 'reserved_sku'
  return copied ? undefined : exclusion(product, policies)
}

/** True for GENERICO in any case: a product that is renamed to it goes on under the SKU that it had. */
export function isReservedSku(sku: string): boolean {
  return skuKey(sku).toUpperCase() === genericSku
}

/** Policies decide about new products; what was copied before would be left with old costs. */
function exclusion({ generic, type, inventoriable }: SourceProduct, policies: CopyPolicies): SkipReason | undefined {
  if (generic === 1 && policies.genericProduct === 'skip') return 'generic_product'
  if (type === comboType && policies.combo === 'skip') return 'combo_product'
  return inventoriable === 0 && policies.notInventoriable === 'skip' ? 'not_inventoriable' : undefined
}

/** How the original application writes that a product is made of others. */
export const comboType = 'COMBO'
