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

/** As many characters as a column of a store takes. */
const maxTextLength = 255

/** True when a text of the product fits into no store: only databases that were adopted have such columns. */
export function hasLongText({ sku, name, categoryName, taxName, brandName, unitName }: SourceProduct): boolean {
  return isLong(name) || isLong(sku) || isLong(categoryName) || isLong(taxName) || isLong(brandName) || isLong(unitName)
}

function isLong(text: string | null | undefined): boolean {
  return typeof text === 'string' && text.length > maxTextLength && [...text].length > maxTextLength
}

/** What a report has room for of a SKU. */
export function shownSku(product: SourceProduct): string {
  const sku = sourceSku(product)
  return isLong(sku) ? [...sku].slice(0, maxTextLength).join('') : sku
}

/** The product's SKU, or `P-` and its id when it has none. */
export function sourceSku({ id, sku }: SourceProduct): string {
  return sku === null || hasNoSku({ sku }) ? `P-${id}` : sku
}

export function hasNoSku({ sku }: Pick<SourceProduct, 'sku'>): boolean {
  return sku === null || sku.trim() === ''
}
