/** What a store already has, as far as a page of products is concerned. */
export interface StoreContents {
  /** The products of the page that were copied before, by the distributor's id; hidden and deleted ones too. */
  readonly copied: ReadonlyMap<number, CopiedProduct>
  /**
   * SKUs of all other rows of the store, deleted ones too: its own products and copies that are not on this page. Those
   * that the page asks for are enough (`sourceSku`), and those in `madeUpSkus` of a first plan; `skuKey` says which are the
   * same.
   */
  readonly takenSkus: ReadonlySet<string>
  /** Products of the page that its tables have not taken, by the distributor's id: what it has of them stays as it is. */
  readonly refused?: ReadonlySet<number>
}

/** A product in the store. What the store has set itself stays: no copy writes these fields, but for the hash and the SKU. */
export interface CopiedProduct {
  /** Null for one that has the distributor's SKU as it was never read. */
  readonly sku: string | null
  /** Of what the last copy wrote. Whoever gives a field or the price back to the distributor makes it null. */
  readonly contentHash: string | null
  /** Whole pesos. */
  readonly price: number
  readonly priceStrategy: string | null
  /** `manual` once the store has set the price itself. */
  readonly priceMode: PriceMode
  readonly lockedFields: readonly LockableField[]
  /** UTC; null while it is shown. */
  readonly hiddenAt: string | null
  /** UTC; null unless the store has deleted it. */
  readonly deletedAt: string | null
  readonly sourceState: SourceState
}

export type PriceMode = 'auto' | 'manual'

/** `discontinued` once the distributor sells it no more; the store may sell what it has. */
export type SourceState = 'active' | 'discontinued'

export type LockableField = (typeof lockableFields)[number]

/** What a store may decide for itself; the price has a mode of its own. A status is kept only with a price to sell at. */
export const lockableFields = ['sku', 'name', 'category', 'tax', 'image', 'brand', 'unit', 'status'] as const
