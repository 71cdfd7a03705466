import type { CatalogReferences } from './catalog-references.ts'
import type { PriceListLine } from './price-list-cells.ts'
import type { StoredPrice, StoredProduct } from './stored-products.ts'

/** What an import writes for one chunk of a price list. Products are named by SKU, because new ones have no id yet. */
export interface ImportPlan {
  readonly inserts: readonly PlannedProduct[]
  readonly updates: readonly PlannedProduct[]
  readonly prices: readonly PlannedPrice[]
  readonly images: readonly PlannedImage[]
  /** Products that exist and change in anything: their own row, price or image. */
  readonly updated: number
  readonly unchanged: number
  /** Products that have no price after the import either. */
  readonly withoutPrice: number
}

export interface PlannedProduct {
  readonly sku: string
  readonly name: string
  readonly categoryId: number | null
  readonly taxId: number | null
  readonly brandId: number | null
  readonly unitId: number | null
  readonly status: number
}

export interface PlannedPrice {
  readonly sku: string
  readonly pesos: number
  /** UTC, `YYYY-MM-DD HH:MM:SS`. */
  readonly date: string
  readonly updatedAt: string
}

export interface PlannedImage {
  readonly sku: string
  readonly path: string
}

export interface ImportInput {
  /** One line for each SKU, none of a deleted product. */
  readonly lines: readonly PriceListLine[]
  readonly stored: ReadonlyMap<string, StoredProduct>
  readonly references: CatalogReferences
  /** The database's clock, UTC, `YYYY-MM-DD HH:MM:SS`. */
  readonly now: string
}

/** Compares a price list with the catalogue. What a line leaves empty stays as it is stored. */
export function planImport({ lines, stored, references, now }: ImportInput): ImportPlan {
  const changes = lines.map((line) => planLine({ line, stored: stored.get(line.sku), references, now }))
  const existing = changes.filter((change) => !change.isNew)
  const updated = existing.filter(isChange).length
  return {
    inserts: changes.flatMap((change) => (change.isNew ? (change.product ?? []) : [])),
    updates: existing.flatMap((change) => change.product ?? []),
    prices: changes.flatMap((change) => change.price ?? []),
    images: changes.flatMap((change) => change.image ?? []),
    updated,
    unchanged: existing.length - updated,
    withoutPrice: changes.filter((change) => !change.hasPrice).length,
  }
}

interface LineInput {
  readonly line: PriceListLine
  readonly stored: StoredProduct | undefined
  readonly references: CatalogReferences
  readonly now: string
}

/** Null parts need no write. */
interface Change {
  readonly isNew: boolean
  readonly product: PlannedProduct | null
  readonly price: PlannedPrice | null
  readonly image: PlannedImage | null
  readonly hasPrice: boolean
}

function planLine(input: LineInput): Change {
  const { line, stored } = input
  const product = wantedProduct(input)
  return {
    isNew: stored === undefined,
    product: stored && isSame(product, stored) ? null : product,
    price: planPrice(line, stored?.price ?? null, input.now),
    image: line.image === null || line.image === stored?.image ? null : { sku: line.sku, path: line.image },
    hasPrice: line.price !== null || (stored?.price ?? null) !== null,
  }
}

function isChange(change: Change): boolean {
  return change.product !== null || change.price !== null || change.image !== null
}

function wantedProduct({ line, stored, references }: LineInput): PlannedProduct {
  return {
    sku: line.sku,
    name: line.name,
    categoryId: idOf(references.categories, line.category) ?? stored?.categoryId ?? null,
    taxId: idOf(references.taxes, line.tax) ?? stored?.taxId ?? null,
    brandId: idOf(references.brands, line.brand) ?? stored?.brandId ?? null,
    unitId: idOf(references.units, line.unit) ?? stored?.unitId ?? null,
    status: line.isActive === null ? (stored?.status ?? 1) : Number(line.isActive),
  }
}

function idOf<Key>(ids: ReadonlyMap<Key, number>, key: Key | null): number | undefined {
  return key === null ? undefined : ids.get(key)
}

const comparedColumns = ['name', 'categoryId', 'taxId', 'brandId', 'unitId', 'status'] as const

function isSame(product: PlannedProduct, stored: StoredProduct): boolean {
  return comparedColumns.every((column) => product[column] === stored[column])
}

function planPrice(line: PriceListLine, current: StoredPrice | null, now: string): PlannedPrice | null {
  if (line.price === null || line.price === current?.pesos) return null
  // The latest row counts. One that a clock ahead of ours wrote must not stay the latest, so its moment is never undercut.
  return {
    sku: line.sku,
    pesos: line.price,
    date: later(now, current?.date),
    updatedAt: later(now, current?.updatedAt),
  }
}

function later(now: string, other: string | undefined): string {
  return other !== undefined && other > now ? other : now
}
