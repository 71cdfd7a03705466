import { type Expression, type ExpressionBuilder, type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely'
import { currentPriceId, principalImageId } from '../../catalog/current-values.ts'
import type { PriceLabel } from '../../catalog/price-strategy.ts'
import type { CentralTables } from '../../database/central-tables.ts'
import { dialectOf, type SqlDialect } from '../../database/dialect.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import type { SourceProduct } from '../plan/source-product.ts'
import { type References, SourceNames } from './source-names.ts'

/** Which products of the distributor a run copies: those up to `maxId`, so that newer ones wait for the next run. */
export interface Snapshot {
  readonly maxId: number
  readonly total: number
}

/** Whose products, and which of their prices is what the store pays. */
export interface CatalogueSource {
  readonly distributorId: string
  readonly baseLabel: PriceLabel
}

export interface PageRange {
  /** Products after this one. */
  readonly afterId: number
  readonly maxId: number
  readonly limit: number
  /** How far they lie apart on average, where that is known; else as on the page before. */
  readonly idsPerProduct?: number
}

/** The active products of the distributor at this moment. */
export async function readSnapshot(central: CentralDatabase, distributorId: string): Promise<Snapshot> {
  const row = await activeItems(central, distributorId)
    .select(({ fn }) => [fn.countAll<number>().as('total'), fn.max('item.id').as('maxId')])
    .executeTakeFirstOrThrow()
  return { total: row.total, maxId: row.maxId ?? 0 }
}

/** The ids of active products after `afterId`, in their order: what a look back compares with the store. */
export async function readActiveIds(
  central: CentralDatabase,
  distributorId: string,
  range: PageRange,
): Promise<readonly number[]> {
  const rows = await activeItems(central, distributorId)
    .select('item.id')
    .where('item.id', '>', range.afterId)
    .where('item.id', '<=', range.maxId)
    .orderBy('item.id')
    .limit(range.limit)
    .execute()
  return rows.map(({ id }) => id)
}

/** What a distributor's catalogue is at this moment, page by page. */
export class SourceCatalogue {
  readonly #central: CentralDatabase
  readonly #source: CatalogueSource
  readonly #names: SourceNames
  /** How far the ids of the last page lie apart. */
  #idsPerProduct = Number.POSITIVE_INFINITY

  constructor(central: CentralDatabase, source: CatalogueSource) {
    this.#central = central
    this.#source = source
    this.#names = new SourceNames(central, source.distributorId)
  }

  /** One page in the order of their ids, with latest price, principal image, tax, category, brand and unit. */
  async readPage(range: PageRange): Promise<readonly SourceProduct[]> {
    const { afterId, idsPerProduct = this.#idsPerProduct } = range
    const [{ rows, images }] = await Promise.all([
      isDense(idsPerProduct) ? this.#readBeside(range, idsPerProduct) : this.#readEach(range),
      afterId === 0 && this.#names.learnFirst(),
    ])
    const last = rows.at(-1)
    if (!last) return []
    this.#idsPerProduct = (last.id - afterId) / rows.length
    await this.#names.learn(rows)
    return this.#named(rows, images)
  }

  async #readEach(range: PageRange): Promise<ReadRows> {
    const rows: readonly ItemRow[] = await this.#itemsOf(range).select(imageOfEach).execute()
    return { rows, images: imagesOf(rows) }
  }

  /** All images of the range in which the page probably lies, beside the products: faster than to look for each. */
  async #readBeside(range: PageRange, idsPerProduct: number): Promise<ReadRows> {
    const { afterId, maxId, limit } = range
    const likelyLast = Math.min(maxId, afterId + Math.ceil(limit * idsPerProduct * margin))
    const [rows, images] = await Promise.all([
      this.#itemsOf(range).execute(),
      readImages(this.#central, (eb) => eb.and([eb('itemId', '>', afterId), eb('itemId', '<=', likelyLast)])),
    ])
    const others = rows.map(({ id }) => id).filter((id) => id > likelyLast)
    if (others.length === 0) return { rows, images }
    const more = await readImages(this.#central, (eb) => eb('itemId', 'in', others))
    return { rows, images: new Map([...images, ...more]) }
  }

  /** These products, as far as they are active, as a page. */
  async readProducts(ids: readonly number[]): Promise<readonly SourceProduct[]> {
    const rows = await this.#items(item).select(imageOfEach).where('item.id', 'in', ids).execute()
    await this.#names.learn(rows)
    return this.#named(rows, imagesOf(rows))
  }

  #itemsOf({ afterId, maxId, limit }: PageRange) {
    const alias = isDense(this.#idsPerProduct) ? inTheirOrder[dialectOf(this.#central)] : item
    return this.#items(alias).where('item.id', '>', afterId).where('item.id', '<=', maxId).limit(limit)
  }

  #items(alias: RawBuilder<'item'>) {
    const { distributorId, baseLabel } = this.#source
    return activeItems(this.#central, distributorId, alias)
      .select(['item.id', 'item.sku', 'item.name', 'item.categoryId', 'item.taxId', 'item.brandId'])
      .select(['item.consumption_unit as unitId', 'item.type', 'item.generic', 'item.inventoriable'])
      .select((eb) => currentPriceId(eb, baseLabel).clearSelect().select('value.values').as('basePrice'))
      .orderBy('item.id')
  }

  #named(rows: readonly ItemRow[], images: Images): readonly SourceProduct[] {
    const names = this.#names
    return rows.map((row) => {
      const category = names.find('categoryId', row.categoryId)
      const tax = names.find('taxId', row.taxId)
      return {
        id: row.id,
        sku: row.sku,
        name: row.name,
        categoryId: category ? row.categoryId : null,
        categoryName: category?.name ?? null,
        taxName: tax?.name ?? null,
        taxPercentage: tax?.percentage ?? null,
        basePrice: row.basePrice,
        imagePath: images.get(row.id) ?? null,
        brandName: names.find('brandId', row.brandId)?.name ?? null,
        unitName: names.find('unitId', row.unitId)?.name ?? null,
        type: row.type,
        generic: row.generic,
        inventoriable: row.inventoriable,
      }
    })
  }
}

type ItemRow = References &
  Pick<SourceProduct, 'id' | 'name' | 'basePrice'> & {
    /** Unless the images of the page are read by themselves. */
    readonly imagePath?: string | null
    readonly sku: string | null
    readonly type: string
    readonly generic: number
    readonly inventoriable: number
  }

/** A page that lies a little wider than the one before needs no third statement. */
const margin = 1.05

/** Most of what lies in the range of a page is wanted. */
function isDense(idsPerProduct: number): boolean {
  return idsPerProduct < 2
}

interface ReadRows {
  readonly rows: readonly ItemRow[]
  readonly images: Images
}

const item = sql<'item'>`item`

/**
 * Where most rows are wanted, a page is read faster in the order in which they lie than by an index, which has to look each of
 * them up. The databases do not see that by themselves; PostgreSQL cannot be told.
 */
const inTheirOrder: Readonly<Record<SqlDialect, RawBuilder<'item'>>> = {
  mysql: sql<'item'>`item force index (primary)`,
  sqlite: sql<'item'>`item not indexed`,
  postgres: item,
}

function imageOfEach(eb: Parameters<typeof principalImageId>[0]) {
  return principalImageId(eb).clearSelect().select('gallery.img_path').as('imagePath')
}

/** By the product's id. */
type Images = ReadonlyMap<number, string | null>

function imagesOf(rows: readonly ItemRow[]): Images {
  return new Map(rows.map(({ id, imagePath = null }) => [id, imagePath]))
}

type Gallery = ExpressionBuilder<CentralTables, 'inv_image_gallery'>

/** The principal images of some products. */
async function readImages(central: CentralDatabase, which: (eb: Gallery) => Expression<SqlBool>): Promise<Images> {
  const rows = await central
    .selectFrom('inv_image_gallery')
    .select(['itemId', 'img_path'])
    .where(which)
    .where('type', '=', 'PRINCIPAL')
    .where('deleted_at', 'is', null)
    .orderBy('itemId')
    .orderBy('id')
    .execute()
  // The last one is the newest.
  return new Map(rows.map(({ itemId, img_path }) => [itemId, img_path]))
}

export function activeItems(central: CentralDatabase, distributorId: string, alias = item) {
  return central
    .selectFrom(sql<Selectable<CentralTables['inv_items']>>`inv_items`.as<'item'>(alias))
    .where('item.tenant_id', '=', distributorId)
    .where('item.status', '=', 1)
    .where('item.deleted_at', 'is', null)
}
