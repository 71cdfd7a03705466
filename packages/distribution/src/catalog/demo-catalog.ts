import { sql } from 'kysely'
import type { CentralDatabase } from '../database/open-central.ts'
import { now } from '../database/sql.ts'
import { importCatalog } from './import-catalog.ts'
import { priceListHeader, priceListRow } from './price-list-text.ts'
import { type GeneratedProduct, generateProducts } from './product-generator.ts'

/** What the demo catalogue holds. The groups of inactive, deleted and unpriced products do not overlap. */
export const demoCounts = {
  /** Lines behind the header of the demo's price list; one SKU stands on two of them. */
  lines: 1_201,
  products: 1_200,
  inactive: 30,
  deleted: 20,
  /** Products that a copy takes: neither inactive nor deleted. */
  active: 1_150,
  /** All of them active. */
  withoutPrice: 25,
  withoutImage: 80,
  /** Products with an older price behind the current one. */
  withHistory: 400,
} as const

/**
 * Fills an empty catalogue with the demo products, through the importer, and answers how many; 0, and nothing written, when
 * the distributor has products already. One transaction, so there is no half demo catalogue.
 */
export async function addDemoCatalog(
  deps: { readonly central: CentralDatabase },
  distributorId: string,
): Promise<number> {
  return deps.central.transaction().execute(async (trx) => {
    if (await hasProducts(trx, distributorId)) return 0
    const products = [...generateProducts(demoCounts.products)]
    const bytes = new TextEncoder().encode(demoPriceList(products))
    const report = await importCatalog({ central: trx }, { distributorId, bytes })
    await addHistory(trx, distributorId, skusWhere(products, hasHistory))
    await deleteProducts(trx, distributorId, skusWhere(products, isDeleted))
    return report.created
  })
}

/** The price list of the demo; its first line is an outdated one of a product that comes again further down. */
function demoPriceList(products: readonly GeneratedProduct[]): string {
  return [priceListHeader, ...products.flatMap(outdatedLine), ...products.map(demoLine)].join('')
}

function demoLine(product: GeneratedProduct, index: number): string {
  return priceListRow({
    ...product,
    price: isWithoutPrice(index) ? null : product.price,
    image: isWithoutImage(index) ? null : product.image,
    isActive: !isInactive(index),
  })
}

const repeatedIndex = 600

function outdatedLine(product: GeneratedProduct, index: number): readonly string[] {
  return index === repeatedIndex ? [demoLine({ ...product, price: product.price - 50 }, index)] : []
}

// Remainders chosen so that no product is two of inactive, deleted and without price, and all with history have a price.
const isInactive = (index: number) => index % 40 === 7
const isDeleted = (index: number) => index % 60 === 23
const isWithoutPrice = (index: number) => index % 48 === 12
const isWithoutImage = (index: number) => index % 15 === 4
const hasHistory = (index: number) => index % 3 === 1

function skusWhere(products: readonly GeneratedProduct[], matches: (index: number) => boolean): readonly string[] {
  return products.filter((_, index) => matches(index)).map((product) => product.sku)
}

async function hasProducts(db: CentralDatabase, distributorId: string): Promise<boolean> {
  const product = await db
    .selectFrom('inv_items')
    .select('id')
    .where('tenant_id', '=', distributorId)
    .limit(1)
    .executeTakeFirst()
  return product !== undefined
}

const formerMoment = '2025-01-15 15:00:00'

/** A price of the year before, a tenth lower, for each of the products. */
async function addHistory(db: CentralDatabase, distributorId: string, skus: readonly string[]): Promise<void> {
  await db
    .insertInto('inv_values')
    .columns(['date', 'created_at', 'updated_at', 'values', 'type', 'itemId', 'label'])
    .expression((eb) =>
      eb
        .selectFrom('inv_values as current')
        .innerJoin('inv_items as item', 'item.id', 'current.itemId')
        .select([sql.val(formerMoment).as('date'), sql.val(formerMoment).as('created_at')])
        .select([
          sql.val(formerMoment).as('updated_at'),
          sql<number>`round(${sql.ref('current.values')} * 0.9)`.as('values'),
        ])
        .select(['current.type', 'current.itemId', 'current.label'])
        .where('item.tenant_id', '=', distributorId)
        .where('item.sku', 'in', skus),
    )
    .execute()
}

async function deleteProducts(db: CentralDatabase, distributorId: string, skus: readonly string[]): Promise<void> {
  await db
    .updateTable('inv_items')
    .set({ deleted_at: now, updated_at: now })
    .where('tenant_id', '=', distributorId)
    .where('sku', 'in', skus)
    .execute()
}
