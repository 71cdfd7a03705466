import { type ProductFamily, type ProductKind, type ProductSize, productFamilies } from './product-families.ts'

/** One product of a generated catalogue. The same index always makes the same product; SKU and name are its own. */
export interface GeneratedProduct {
  readonly sku: string
  readonly name: string
  readonly category: string
  readonly brand: string
  readonly unit: string
  /** Pesos that the store pays. */
  readonly price: number
  /** IVA in percent. */
  readonly tax: number
  readonly image: string
}

export const maxGeneratedProducts = 1_000_000

/** The first `count` products, one after the other, so that a million need no memory. */
export function* generateProducts(count: number): Generator<GeneratedProduct> {
  if (!Number.isInteger(count) || count < 0 || count > maxGeneratedProducts) {
    throw new RangeError(`A catalogue has 0 to ${maxGeneratedProducts} products, not ${count}.`)
  }
  for (let index = 0; index < count; index += 1) yield generateProduct(index)
}

function generateProduct(index: number): GeneratedProduct {
  const family = at(productFamilies, index)
  const { kind, variety, brand, size, pack } = choose(family, Math.floor(index / productFamilies.length))
  const packed = pack === 1 ? '' : `paca x ${pack}`
  return {
    sku: `${skuPrefix(family)}-${String(index + 1).padStart(6, '0')}`,
    name: [kind.name, variety, brand, size[0], packed].filter((word) => word !== '').join(' '),
    category: family.category,
    brand,
    unit: pack === 1 ? 'Unidad' : 'Paca',
    price: costOf(index, kind.cost * size[1] * pack),
    tax: kind.tax,
    image: `/static/catalog/${family.slug}.svg`,
  }
}

interface Choice {
  readonly kind: ProductKind
  readonly variety: string
  readonly brand: string
  readonly size: ProductSize
  /** How many are sold together. */
  readonly pack: number
}

/**
 * Reads the number as digits of a mixed base, so that no two numbers choose the same. Kind and brand change fastest; the
 * others are turned by them, or the first thousand products would all come in one size.
 */
function choose(family: ProductFamily, number: number): Choice {
  const kindDigit = digitsOf(number, family.kinds.length)
  const kind = at(family.kinds, kindDigit.digit)
  const brand = digitsOf(kindDigit.rest, family.brands.length)
  const turn = kindDigit.digit + brand.digit
  const size = digitsOf(brand.rest, kind.sizes.length)
  const variety = digitsOf(size.rest, kind.varieties.length)
  return {
    kind,
    variety: at(kind.varieties, variety.digit + turn + size.digit),
    brand: at(family.brands, brand.digit),
    size: at(kind.sizes, size.digit + turn),
    pack: variety.rest + 1,
  }
}

function digitsOf(number: number, base: number): { readonly digit: number; readonly rest: number } {
  return { digit: number % base, rest: Math.floor(number / base) }
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length]
  if (item === undefined) throw new RangeError('There is nothing to choose from.')
  return item
}

function skuPrefix(family: ProductFamily): string {
  return family.slug.slice(0, 3).toUpperCase()
}

/** Up to 12 % cheaper or dearer, by product; whole tens from 200 pesos on, as price lists are. */
function costOf(index: number, pesos: number): number {
  const cost = pesos * (0.88 + ((index * 7919) % 25) / 100)
  return cost < 200 ? Math.max(10, Math.round(cost)) : Math.round(cost / 10) * 10
}
