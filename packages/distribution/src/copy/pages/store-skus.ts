import { type Kysely, type RawBuilder, sql } from 'kysely'
import { copiedProducts } from '../../database/copied-products.ts'
import { dialectOf, type SqlDialect } from '../../database/dialect.ts'
import type { StoreTables } from '../../database/store-tables.ts'
import { skuKey } from '../plan/assign-skus.ts'
import { type SourceProduct, sourceSku } from '../plan/source-product.ts'
import { SkuIndex } from './sku-index.ts'

/** A transaction, or the database itself for who only looks. */
type Database = Kysely<StoreTables>

export interface AskingPage {
  readonly products: readonly SourceProduct[]
  /** One of their SKUs looks like another: it has spaces around it, or an accent in two parts. */
  readonly hasOddSkus: boolean
}

/**
 * The SKUs that products of other pages have in a store, as far as they are in the way of a page.
 *
 * Most are not. A catalogue has each SKU once, and one that its product gives up is free when that product's page comes. In the
 * way are those of products that keep what they have, and those that only look the same: who has such a SKU in the store
 * keeps it, and among new products the smaller id, which is written first. Of two that look the same one is odd. So nothing is
 * asked until an odd SKU is met, on a page or in the store; from then on all copied products are known by the hash of their SKU, and
 * a page asks in one statement about those whose hash is one of its own. The same holds for the SKUs that several products of
 * a catalogue have, which only the original application's tables allow.
 */
export class StoreSkus {
  readonly #companyId: number
  /** By `skuKey`, those that several products of the catalogue have. */
  readonly #repeated: ReadonlySet<string>
  /** By `skuKey`, the products that keep theirs. */
  readonly #standing = new Map<string, readonly number[]>()
  /** Of all copied products; undefined until an odd SKU is met. */
  #index: SkuIndex | undefined
  /** SKUs that a preview gives to new products. */
  readonly #supposed = new Map<number, string>()

  constructor(companyId: number, repeated: ReadonlySet<string>) {
    this.#companyId = companyId
    this.#repeated = repeated
  }

  /** Before the first page, of a store that had copies before. */
  async expectCopies(store: Database): Promise<void> {
    let hasOddSkus = false
    for await (const { id, sku, isStanding } of readNotable(store, this.#companyId)) {
      const key = skuKey(sku)
      if (isStanding) this.#standing.set(key, [...(this.#standing.get(key) ?? []), id])
      hasOddSkus ||= key !== sku
    }
    if (hasOddSkus) this.#index = await this.#readIndex(store)
  }

  /** Which of the SKUs are taken by products that are not on the page; it asks for those of its products, or others. */
  async takenElsewhere(
    db: Database,
    { products, hasOddSkus }: AskingPage,
    others?: readonly string[],
  ): Promise<readonly string[]> {
    if (!hasOddSkus && !this.#index && this.#standing.size === 0 && this.#repeated.size === 0) return []
    const skus = others ?? products.map(sourceSku)
    if (hasOddSkus || this.#hasRepeated(skus)) this.#index ??= await this.#readIndex(db)
    if (this.#standing.size === 0 && !this.#index) return []
    const onPage = new Set(products.map(({ id }) => id))
    const standing = skus.filter((sku) => this.#standing.get(skuKey(sku))?.some((id) => !onPage.has(id)))
    return this.#index ? [...standing, ...(await this.#alikeElsewhere(db, skus, onPage))] : standing
  }

  #hasRepeated(skus: readonly string[]): boolean {
    return this.#repeated.size > 0 && skus.some((sku) => this.#repeated.has(skuKey(sku)))
  }

  async #alikeElsewhere(
    db: Database,
    skus: readonly string[],
    onPage: ReadonlySet<number>,
  ): Promise<readonly string[]> {
    const suspects = new Map<string, readonly number[]>()
    for (const sku of skus) {
      const ids = this.#index?.find(skuKey(sku)).filter((id) => !onPage.has(id)) ?? []
      if (ids.length > 0) suspects.set(sku, ids)
    }
    const stored = await readSkusOf(db, this.#companyId, [...suspects.values()].flat())
    return [...suspects].flatMap(([sku, ids]) => {
      const others = ids.map((id) => stored.get(id) ?? this.#supposed.get(id))
      return others.some((other) => other !== undefined && this.#isAlike(sku, other)) ? [sku] : []
    })
  }

  /** The very same SKU is one that its product gives up, unless that has it from the catalogue too. */
  #isAlike(sku: string, other: string): boolean {
    const key = skuKey(sku)
    return key === skuKey(other) && (sku !== other || this.#repeated.has(key))
  }

  /** After a page was written. */
  note({ products }: Pick<AskingPage, 'products'>): void {
    for (const product of products) this.#index?.add(skuKey(sourceSku(product)), product.id)
  }

  /** After a page was planned by somebody who writes none. */
  suppose(rows: readonly { readonly sourceId: number; readonly sku: string }[]): void {
    for (const { sourceId, sku } of rows) {
      this.#index?.add(skuKey(sku), sourceId)
      this.#supposed.set(sourceId, sku)
    }
  }

  async #readIndex(db: Database): Promise<SkuIndex> {
    const index = new SkuIndex()
    for (let afterId: number | undefined = 0; afterId !== undefined; ) {
      const rows = await copied(db, this.#companyId, afterId).execute()
      for (const { id, sku } of rows) index.add(skuKey(sku), id)
      afterId = rows.length < rowsAtOnce ? undefined : rows.at(-1)?.id
    }
    for (const [id, sku] of this.#supposed) index.add(skuKey(sku), id)
    return index
  }
}

const rowsAtOnce = 10_000

/** The original application may have left none. */
const hasSku = sql<boolean>`sku is not null`

/** Copied products that keep their SKU (discontinued, deleted in the store, or with a lock on it), and those whose SKU may be odd. */
async function* readNotable(store: Database, companyId: number) {
  const { condition, order } = await copiedProducts(store, companyId)
  for (let after: number | undefined = 0; after !== undefined; ) {
    const rows = await store
      .selectFrom('tat_items')
      .select([`${order} as place`, 'item_father_id as id', 'sku', 'source_state', 'deleted_at', 'locked_fields'])
      .where(condition)
      .where(order, '>', after)
      .where(hasSku)
      .where((eb) =>
        eb.or([
          eb('source_state', '=', 'discontinued'),
          eb('deleted_at', 'is not', null),
          eb('locked_fields', 'like', '%sku%'),
          mayBeOdd[dialectOf(store)],
        ]),
      )
      .orderBy(order)
      .limit(rowsAtOnce)
      .execute()
    for (const { id, sku, ...row } of rows) yield { id, sku, isStanding: isStanding(row) }
    after = rows.length < rowsAtOnce ? undefined : rows.at(-1)?.place
  }
}

function isStanding(row: {
  readonly source_state: string
  readonly deleted_at: string | null
  readonly locked_fields: string
}): boolean {
  return row.source_state === 'discontinued' || row.deleted_at !== null || row.locked_fields.includes('sku')
}

/** Letters beyond ASCII, which no database normalizes, or something invisible at an end. */
const mayBeOdd: Readonly<Record<SqlDialect, RawBuilder<boolean>>> = {
  sqlite: sql`(octet_length(sku) <> length(sku) or unicode(sku) <= 32 or unicode(substr(sku, -1)) <= 32)`,
  mysql: sql`(length(sku) <> char_length(sku) or ascii(sku) <= 32 or ascii(right(sku, 1)) <= 32)`,
  postgres: sql`(octet_length(sku) <> char_length(sku) or ascii(sku) <= 32 or ascii(right(sku, 1)) <= 32)`,
}

function copied(db: Database, companyId: number, afterId: number) {
  return db
    .selectFrom('tat_items')
    .select(['item_father_id as id', 'sku'])
    .where('company_id', '=', companyId)
    .where('item_father_id', '>', afterId)
    .where(hasSku)
    .orderBy('item_father_id')
    .limit(rowsAtOnce)
}

async function readSkusOf(
  db: Database,
  companyId: number,
  ids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const skus = new Map<number, string>()
  for (let first = 0; first < ids.length; first += rowsAtOnce) {
    const rows = await db
      .selectFrom('tat_items')
      .select(['item_father_id as id', 'sku'])
      .where('company_id', '=', companyId)
      .where('item_father_id', 'in', ids.slice(first, first + rowsAtOnce))
      .where('sku', 'is not', null)
      .execute()
    for (const { id, sku } of rows) skus.set(id, sku)
  }
  return skus
}
