import { sql } from 'kysely'
import { lastPossibleId } from '../../database/last-possible-id.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import { heardLater } from './heard-later.ts'
import { SharedRows } from './shared-rows.ts'

/** A copied product as it stands in the store. */
export interface StoredProduct {
  readonly sourceId: number
  readonly sku: string
  readonly name: string
  readonly category: string | null
  readonly categorySourceId: number | null
  readonly taxName: string | null
  readonly taxPercentage: number | null
  readonly image: string | null
  readonly cost: number
  readonly price: number
  readonly status: number
  readonly priceStrategy: string | null
  readonly brand: string | null
  readonly unit: string | null
  readonly contentHash: string | null
  /** `manual` once the store has set the price itself. */
  readonly priceMode: string
  /** What the store decides for itself, with commas between: `lockedFields` tells them apart. */
  readonly locked: string
  readonly sourceState: string
  readonly deletedAt: string | null
}

/** Source ids after `afterId`, up to `lastId`. */
export interface SourceIds {
  readonly afterId: number
  readonly lastId: number
}

/** What products of a store refer to. */
export class StoreReferences {
  readonly categories: SharedRows<{ readonly id: number; readonly name: string; readonly sourceId: number | null }>
  readonly taxes: SharedRows<{ readonly id: number; readonly name: string; readonly percentage: number }>

  constructor(store: StoreDatabase, companyId: number) {
    this.categories = new SharedRows((ids) =>
      store
        .selectFrom('tat_categories')
        .select(['id', 'name', 'source_category_id as sourceId'])
        .where('company_id', '=', companyId)
        .where('id', 'in', ids)
        .execute(),
    )
    this.taxes = new SharedRows((ids) =>
      store
        .selectFrom('cnf_taxes')
        .select(['id', 'percentage', sql<string>`rtrim(name)`.as('name')])
        .where('id', 'in', ids)
        .execute(),
    )
  }
}

interface StoredRange extends SourceIds {
  readonly references: StoreReferences
}

/** In the order of the distributor's ids, hidden ones too, and page by page where they are many. The first are asked for at once. */
export function readStored(
  store: StoreDatabase,
  companyId: number,
  { afterId, lastId, references }: StoredRange,
): AsyncIterable<readonly StoredProduct[]> {
  const select = () => selectStored(store, companyId).where('item_father_id', '<=', lastId)
  // Mostly that is all, and sorted here: by an order that no index has, a database takes half as long again.
  const some = select()
    .where('item_father_id', '>', afterId)
    .limit(pageSize + 1)
    .execute()
  const readPage = (after: Place) =>
    select()
      // The other condition alone would not be answered by the index.
      .where('item_father_id', '>=', after.sourceId)
      .where(({ eb, or, and }) =>
        or([
          eb('item_father_id', '>', after.sourceId),
          and([eb('item_father_id', '=', after.sourceId), eb('id', '>', after.id)]),
        ]),
      )
      .orderBy('item_father_id')
      .orderBy('id')
      .limit(pageSize)
      .execute()
  // Nothing of the product before the first is read.
  const all = () => pagesAfter({ sourceId: afterId, id: lastPossibleId }, readPage)
  return withNames(someOrAll(heardLater(some), all), references)
}

type StoredRow = Omit<StoredProduct, 'category' | 'categorySourceId' | 'taxName' | 'taxPercentage'> & {
  readonly id: number
  readonly categoryId: number | null
  readonly taxId: number | null
}

async function* someOrAll(some: Promise<readonly StoredRow[]>, all: () => AsyncIterable<readonly StoredRow[]>) {
  const rows = await some
  if (rows.length <= pageSize) yield rows.toSorted((one, other) => one.sourceId - other.sourceId || one.id - other.id)
  else yield* all()
}

type Place = Pick<StoredRow, 'sourceId' | 'id'>

async function* pagesAfter(start: Place, readPage: (after: Place) => Promise<readonly StoredRow[]>) {
  for (let after: Place | undefined = start; after !== undefined; ) {
    const rows: readonly StoredRow[] = await readPage(after)
    yield rows
    after = rows.length < pageSize ? undefined : rows.at(-1)
  }
}

async function* withNames(
  pages: AsyncIterable<readonly StoredRow[]>,
  references: StoreReferences,
): AsyncGenerator<readonly StoredProduct[]> {
  for await (const rows of pages) {
    const [categories, taxes] = await Promise.all([
      references.categories.find(rows.map(({ categoryId }) => categoryId)),
      references.taxes.find(rows.map(({ taxId }) => taxId)),
    ])
    yield rows.map((row) => {
      const category = categories.get(row.categoryId)
      const tax = taxes.get(row.taxId)
      return {
        ...row,
        category: category?.name ?? null,
        categorySourceId: category?.sourceId ?? null,
        taxName: tax?.name ?? null,
        taxPercentage: tax?.percentage ?? null,
      }
    })
  }
}

const pageSize = 5_000
/** Of nearly every product, and there are a million. */
export const noFields: readonly string[] = []

export function lockedFields({ locked }: Pick<StoredProduct, 'locked'>): readonly string[] {
  return locked === '' ? noFields : locked.split(',').filter((field) => field !== '')
}

function selectStored(store: StoreDatabase, companyId: number) {
  return (
    store
      .selectFrom('tat_items')
      // The original application may have left none.
      .select(sql<string>`coalesce(sku, '')`.as('sku'))
      .select(['item_father_id as sourceId', 'name', 'cost', 'price', 'status', 'categoryId', 'taxId'])
      .select(['img_path as image', 'price_strategy as priceStrategy', 'brand', 'unit', 'content_hash as contentHash'])
      .select(['price_mode as priceMode', 'locked_fields as locked', 'source_state as sourceState'])
      .select(['deleted_at as deletedAt', 'id'])
      .where('company_id', '=', companyId)
      .where('item_father_id', '<>', 0)
  )
}

interface StoredSku {
  readonly id: number
  readonly sku: string
  /** 0 for a product that the store made itself. */
  readonly sourceId: number
}

/** The SKUs of all rows of a store, deleted ones too, in no order that matters. */
export async function* readSkus(store: StoreDatabase, companyId: number): AsyncGenerator<StoredSku> {
  let afterId = 0
  for (;;) {
    const rows = await store
      .selectFrom('tat_items')
      .select(['id', 'sku', 'item_father_id as sourceId'])
      .where('company_id', '=', companyId)
      .where('sku', 'is not', null)
      .where('id', '>', afterId)
      .orderBy('id')
      .limit(skusAtOnce)
      .execute()
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < skusAtOnce) return
    afterId = last.id
  }
}

const skusAtOnce = 10_000

/** Copied products whose SKU, without the spaces around it, is another one's too; of the first thousand of such SKUs. */
export async function readTwins(
  store: StoreDatabase,
  companyId: number,
): Promise<readonly Pick<StoredSku, 'sku' | 'sourceId'>[]> {
  if (!(await hasTwins(store, companyId))) return []
  const { rows: repeated } = await sql<{ readonly sku: string }>`
    select trim(sku) as sku
    from tat_items
    where company_id = ${companyId}
      and item_father_id > 0
    group by trim(sku)
    having count(*) > 1
    limit 1000`.execute(store)
  if (repeated.length === 0) return []
  const { rows } = await sql<Pick<StoredSku, 'sku' | 'sourceId'>>`
    select sku, item_father_id as "sourceId"
    from tat_items
    where company_id = ${companyId}
      and item_father_id > 0
      and trim(sku) in (${sql.join(repeated.map(({ sku }) => sku))})`.execute(store)
  return rows
}

/** Asked first: MariaDB groups the SKUs of a store four times as slowly as it counts them. */
async function hasTwins(store: StoreDatabase, companyId: number): Promise<boolean> {
  const { rows } = await sql<{ readonly all: number; readonly different: number }>`
    select count(sku) as "all", count(distinct trim(sku)) as different
    from tat_items
    where company_id = ${companyId}
      and item_father_id > 0`.execute(store)
  return rows.some((row) => row.different < row.all)
}

export async function countGeneric(store: StoreDatabase, companyId: number): Promise<number> {
  return count(store, sql`from tat_items where company_id = ${companyId} and item_father_id = 0 and sku = 'GENERICO'`)
}

export interface StrayScope {
  readonly companyId: number
  readonly isShared: boolean
}

/**
 * Rows with an impossible source, and rows that tie this store to another one: of another company in a database that is the
 * store's own, or in a category of another company in one that stores share.
 */
export async function countStrayRows(store: StoreDatabase, { companyId, isShared }: StrayScope): Promise<number> {
  if (!isShared) return count(store, sql`from tat_items where company_id <> ${companyId} or item_father_id < 0`)
  return count(
    store,
    sql`from tat_items as item
      left join tat_categories as category on category.id = item."categoryId"
      where item.company_id = ${companyId}
        and (item.item_father_id < 0 or category.company_id <> item.company_id)`,
  )
}

export interface RepeatedCategory {
  readonly sourceId: number
  /** How many there are beyond the first. */
  readonly extra: number
}

export async function countRepeatedCategories(
  store: StoreDatabase,
  companyId: number,
): Promise<readonly RepeatedCategory[]> {
  const { rows } = await sql<RepeatedCategory>`
    select source_category_id as "sourceId", count(*) - 1 as extra
    from tat_categories
    where company_id = ${companyId}
    group by source_category_id
    having count(*) > 1`.execute(store)
  return rows
}

async function count(store: StoreDatabase, from: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await sql<{ readonly found: number }>`select count(*) as found ${from}`.execute(store)
  return rows[0]?.found ?? 0
}
