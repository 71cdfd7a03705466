/** An active product of the distributor, with all that a store needs of it. */
export interface SourceProduct {
  readonly id: number
  /** Null, empty or repeated only in databases that were adopted. */
  readonly sku: string | null
  readonly name: string
  /** Null when it has none, or a deleted one. */
  readonly categoryId: number | null
  readonly categoryName: string | null
  readonly taxName: string | null
  readonly taxPercentage: number | null
  /** The latest price under the strategy's label, in pesos. */
  readonly basePrice: number | null
  readonly imagePath: string | null
  readonly brandName?: string | null
  readonly unitName?: string | null
  /** COMBO, or one that is no policy's business. */
  readonly type?: string
  /** 1 for a code that stands for many things. */
  readonly generic?: number
  /** 0 for services. */
  readonly inventoriable?: number
}

/** The product's SKU, or `P-` and its id when it has none. */
export function sourceSku({ id, sku }: SourceProduct): string {
  return sku === null || hasNoSku({ sku }) ? `P-${id}` : sku
}

export function hasNoSku({ sku }: Pick<SourceProduct, 'sku'>): boolean {
  return sku === null || sku.trim() === ''
}
