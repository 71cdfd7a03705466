import { generateProducts } from '../../../src/catalog/product-generator.ts'

/** Which catalog: the same count and seed make the same rows, on every database. */
export interface Catalog {
  /** That a copy must bring; some more are inactive or deleted. */
  readonly products: number
  readonly seed: number
}

/** What a right copy leaves behind in the store. */
export interface Expected {
  readonly products: number
  readonly cost: number
  readonly price: number
}

/** Names, categories, taxes and prices of a real assortment; the items take turns with them. */
export const assortment = [...generateProducts(1_000)]

/**
 * Everything that varies from item to item follows from its number by whole-number arithmetic, once here as SQL and once
 * in `expectedOf`: the two must find the same sum.
 */
export const itemSql = {
  isDeleted: 'i % 50 = 25',
  isActive: 'i % 50 <> 0',
  hasCategory: 'i % 60 <> 2',
  hasTax: 'i % 40 <> 1',
  hasPrice: 'i % 200 <> 3',
  hasPrincipalImage: 'i % 5 <> 4',
  hasGallery: 'i % 3 = 0',
  /** Older prices, from none to two; they stand in the table before and after the latest. */
  olderPrices: 'i % 3',
  cents: 'case when i % 10 = 9 then 0.75 else 0 end',
  cost: (seed: number, assorted: string) =>
    `case i % 200 when 7 then 101 + ${mixed(seed)} % 4 when 11 then 20 + ${mixed(seed)} % 15
      else ${assorted} + 10 * (${mixed(seed)} % 97) end`,
}

/** The number of the last item, so that `products` of them are neither inactive nor deleted. */
export function lastItem({ products }: Catalog): number {
  let last = Math.floor((products * 50) / 48)
  while (activeUpTo(last) < products) last += 1
  while (activeUpTo(last - 1) >= products) last -= 1
  return last
}

/** Computed from the numbers alone, without a database. */
export function expectedOf(catalog: Catalog): Expected {
  const last = lastItem(catalog)
  let [products, cost, price] = [0, 0, 0]
  for (let item = 1; item <= last; item += 1) {
    if (item % 50 === 0 || item % 50 === 25) continue
    const itsCost = item % 200 === 3 ? 0 : costOf(item, catalog.seed)
    products += 1
    cost += itsCost
    price += priceOf(itsCost)
  }
  return { products, cost, price }
}

/** The rule of the store's price: 30 % of it is margin, whole hundreds, never below cost. */
export function priceOf(cost: number): number {
  const price = 100 * Math.floor((2 * cost + 70) / 140)
  return price >= cost ? price : 100 * Math.ceil(cost / 100)
}

function activeUpTo(last: number): number {
  return last - Math.floor(last / 50) - Math.floor((last + 25) / 50)
}

function costOf(item: number, seed: number): number {
  const number = (item * 7_919 + offset(seed)) % 1_000_003
  if (item % 200 === 7) return 101 + (number % 4)
  if (item % 200 === 11) return 20 + (number % 15)
  return (assortment[(item + seed) % assortment.length]?.price ?? Number.NaN) + 10 * (number % 97)
}

function mixed(seed: number): string {
  return `((i * 7919 + ${offset(seed)}) % 1000003)`
}

function offset(seed: number): number {
  return (seed * 104_729) % 1_000_003
}
