import fc from 'fast-check'
import { priceLabels, standardStrategy } from '../../src/catalog/price-strategy.ts'
import { arbitraryEdits } from './arbitrary-products.ts'
import { arbitraryPolicies, arbitraryStrategy } from './arbitrary-rules.ts'

/** A small catalogue of a distributor; references are places in its lists, from 1 on, 0 for none. */
export interface Catalogue {
  readonly categories: readonly CatalogueCategory[]
  readonly brands: readonly CatalogueName[]
  readonly units: readonly CatalogueName[]
  readonly products: readonly CatalogueProduct[]
  /** What the distributor has decided about its copies; null for the standard. */
  readonly rules: { readonly strategy?: unknown; readonly policies?: unknown } | null
}

export interface CatalogueName {
  readonly name: string
  readonly isDeleted: boolean
}

export interface CatalogueCategory extends CatalogueName {
  /** Another distributor's. */
  readonly isForeign: boolean
}

export interface CatalogueProduct {
  readonly sku: string
  readonly name: string
  readonly description: string | null
  readonly type: string
  readonly generic: number
  readonly inventoriable: number
  readonly status: number
  readonly isDeleted: boolean
  readonly isForeign: boolean
  readonly category: number
  readonly brand: number
  readonly unit: number
  /** Of `catalogueTaxes`. */
  readonly tax: number
  readonly prices: readonly CataloguePrice[]
  readonly images: readonly CatalogueImage[]
}

export interface CataloguePrice {
  readonly values: number
  readonly label: (typeof priceLabels)[number]
  readonly type: 'costo' | 'precio'
  readonly warehouseId: number | null
  readonly date: string
  readonly updated_at: string
  readonly isDeleted: boolean
}

export interface CatalogueImage {
  readonly img_path: string
  readonly type: 'PRINCIPAL' | 'GALERIA'
  readonly isDeleted: boolean
}

export const catalogueTaxes = [
  { id: 1, name: 'IVA', percentage: 19 },
  { id: 2, name: 'IVA reducido', percentage: 5 },
  { id: 3, name: 'Exento', percentage: 0 },
] as const

const rarely = fc.integer({ min: 0, max: 7 }).map((number) => number === 0)
const text = fc.string({ unit: 'grapheme', maxLength: 12 })

/** Few SKUs, so that they meet; some that look the same, and all that an adopted database may hold. */
const skus = fc.oneof(
  fc.constantFrom('Café', 'Cafe\u0301', 'cafe', 'CAFE ', ' Café', 'A', 'a', 'A ', 'A-2', 'A-3', 'B', ' B'),
  fc.constantFrom('GENERICO', 'generico', ' Generico', 'Genérico', 'P-3', 'P-4', 'P-4-2', '', ' '),
  fc.integer({ min: 1, max: 99 }).map((number) => `SKU-${number}`),
  fc.constantFrom('L'.repeat(255), `${'L'.repeat(253)}-2`),
  text,
)

const pesos = fc.oneof(
  fc.integer({ min: 0, max: 400 }),
  fc.integer({ min: 0, max: 5_000_000 }),
  fc.constantFrom(0, -1, -0.5, 0.4, 99.99, 6_999_999_999, 9_999_999_999, 1e10, 1e15),
  fc.double({ min: 0, max: 1e6, noNaN: true }),
)

const moments = fc.constantFrom('2026-01-01 00:00:00', '2026-06-01 12:00:00', '2027-01-01 00:00:00')

const price: fc.Arbitrary<CataloguePrice> = fc
  .record({
    values: pesos,
    label: fc.oneof(
      { weight: 3, arbitrary: fc.constant('Precio Regular' as const) },
      { weight: 2, arbitrary: fc.constantFrom(...priceLabels) },
    ),
    isMistyped: rarely,
    warehouseId: fc.constantFrom(null, null, 0, 7),
    date: moments,
    updated_at: moments,
    isDeleted: rarely,
  })
  .map(({ isMistyped, ...rest }) => {
    const isCost = rest.label.startsWith('Costo') !== isMistyped
    return { ...rest, type: isCost ? ('costo' as const) : ('precio' as const) }
  })

const image: fc.Arbitrary<CatalogueImage> = fc.record({
  img_path: fc.constantFrom('a.webp', 'b.webp', ''),
  type: fc.constantFrom('PRINCIPAL', 'PRINCIPAL', 'GALERIA'),
  isDeleted: rarely,
})

const product: fc.Arbitrary<CatalogueProduct> = fc.record({
  sku: skus,
  name: text,
  description: fc.constantFrom(null, null, null, 'x'.repeat(65_536)),
  type: fc.constantFrom('COMBO', 'COMPRA NACIONAL', 'IMPORTADO', 'PRODUCIDO'),
  generic: rarely.map(Number),
  inventoriable: rarely.map((isNot) => Number(!isNot)),
  status: rarely.map((isNot) => Number(!isNot)),
  isDeleted: rarely,
  isForeign: rarely,
  category: fc.nat(4),
  brand: fc.nat(2),
  unit: fc.nat(2),
  tax: fc.nat(3),
  prices: fc.array(price, { maxLength: 4 }),
  images: fc.array(image, { maxLength: 2 }),
})

const mostProducts = 12

const named = fc.record({ name: text, isDeleted: rarely })
const byName = { selector: ({ name }: CatalogueName) => name }

const rules = fc.option(
  fc.record(
    { strategy: fc.oneof(fc.constant(standardStrategy), arbitraryStrategy), policies: arbitraryPolicies },
    { requiredKeys: [] },
  ),
)

export const arbitraryCatalogue: fc.Arbitrary<Catalogue> = fc.record({
  categories: fc.uniqueArray(fc.record({ name: text, isDeleted: rarely, isForeign: rarely }), {
    ...byName,
    minLength: 4,
    maxLength: 4,
  }),
  brands: fc.uniqueArray(named, { ...byName, minLength: 2, maxLength: 2 }),
  units: fc.uniqueArray(named, { ...byName, minLength: 2, maxLength: 2 }),
  products: fc.uniqueArray(product, { selector: ({ sku }) => sku, maxLength: mostProducts, size: 'max' }),
  rules,
})

/** A store's life: a first copy beside products of its own, then what it decides and what its distributor changes. */
export interface StoreLife {
  readonly first: Catalogue
  readonly ownSkus: readonly string[]
  readonly edits: typeof arbitraryEdits extends fc.Arbitrary<infer Edits> ? Edits : never
  readonly later: Catalogue
}

export const arbitraryLife: fc.Arbitrary<StoreLife> = fc
  .record({
    first: arbitraryCatalogue,
    ownSkus: fc.uniqueArray(
      skus.filter((sku) => sku !== 'GENERICO'),
      { maxLength: 3 },
    ),
    edits: arbitraryEdits,
    later: arbitraryCatalogue,
    keepsRules: fc.boolean(),
    /** Which products stay as they are. */
    stays: fc.array(fc.boolean(), { minLength: mostProducts, maxLength: mostProducts }),
  })
  .map(({ keepsRules, stays, ...life }) => {
    const products = mixed(life.first.products, life.later.products, stays)
    return { ...life, later: { ...(keepsRules ? life.first : life.later), products } }
  })

function mixed(
  first: readonly CatalogueProduct[],
  later: readonly CatalogueProduct[],
  stays: readonly boolean[],
): readonly CatalogueProduct[] {
  const places = Array.from({ length: Math.max(first.length, later.length) }, (_, index) => index)
  const products = places.map((index) => (stays[index] ? (first[index] ?? later[index]) : later[index]))
  const seen = new Set<string>()
  return products.flatMap((product, index) => {
    if (!product) return []
    const sku = seen.has(product.sku) ? `Y-${index}` : product.sku
    seen.add(sku)
    return [{ ...product, sku }]
  })
}
