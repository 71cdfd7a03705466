import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import { readSkus, readTwins } from './verify-store.ts'

/**
 * The SKU under which a product stands hangs on what came before it, so it is not worked out anew. It is right when it is
 * the distributor's, and otherwise when another row of the store has that one: nobody else having it, it would be free.
 */
export interface SkuQuestion {
  readonly sourceId: number
  readonly wanted: string
}

/** Who asks about SKUs hears which of the wanted ones nobody but the product itself has. */
export async function unanswered<Question extends SkuQuestion>(
  store: StoreDatabase,
  companyId: number,
  questions: readonly Question[],
): Promise<readonly Question[]> {
  if (questions.length === 0) return []
  const owners = new Map<string, Set<number>>(questions.map(({ wanted }) => [skuIdentity(wanted), new Set()]))
  for await (const { sku, sourceId, id } of readSkus(store, companyId)) {
    // The store's own products count each for itself; their rows never have the id of a source.
    owners.get(skuIdentity(sku))?.add(sourceId === 0 ? -id : sourceId)
  }
  return questions.filter(({ sourceId, wanted }) => {
    const others = owners.get(skuIdentity(wanted)) ?? new Set()
    return others.size === 0 || (others.size === 1 && others.has(sourceId))
  })
}

/**
 * Products that stand under one SKU, which each has from the distributor: the second should have been left out or have a
 * suffix. What the store has called alike itself, or locked, is its own business.
 */
export class SkuTwins {
  readonly #shown = new Set<string>()
  readonly #twins: ReadonlySet<number>

  private constructor(twins: Iterable<number>) {
    this.#twins = new Set(twins)
  }

  static async read(store: StoreDatabase, companyId: number): Promise<SkuTwins> {
    return new SkuTwins((await readTwins(store, companyId)).map(({ sourceId }) => sourceId))
  }

  /** Answers true when another product has shown the SKU before. */
  show({ sourceId, sku }: { readonly sourceId: number; readonly sku: string }): boolean {
    if (!this.#twins.has(sourceId)) return false
    const identity = skuIdentity(sku)
    const isSecond = this.#shown.has(identity)
    this.#shown.add(identity)
    return isSecond
  }
}

/** The same for two SKUs that look the same: spaces around them and how an accent is encoded do not show. */
function skuIdentity(sku: string): string {
  return sku.normalize('NFC').trim()
}

/** What a store calls the distributor's product when nothing stands in the way. */
export function wantedSku({ id, sku }: { readonly id: number; readonly sku: string | null }): string {
  return isBlank(sku) || sku === null ? `P-${id}` : sku
}

export function isBlank(sku: string | null): boolean {
  return sku === null || sku.trim() === ''
}

/** The store's own code for what has none; a product of the distributor never comes under it. */
export function isReserved(sku: string): boolean {
  return skuIdentity(sku).toUpperCase() === 'GENERICO'
}
