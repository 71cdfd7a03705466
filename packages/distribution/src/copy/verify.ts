import type { CentralDatabase } from '../database/open-central.ts'
import type { StoreDatabase, StoreDatabases } from '../tenancy/store-databases.ts'
import { placeOfRun } from './run-store.ts'
import { type ExpectedProduct, readExpected } from './verify-source.ts'
import {
  countGeneric,
  countRepeatedCategories,
  countStrayRows,
  readOwnSkus,
  readStored,
  type StoredProduct,
} from './verify-store.ts'

/**
 * The oracle: works out anew what every product of a store should be and compares. It shares nothing with the code
 * that copies, neither its SQL nor its price rule, so that one mistake cannot hide in both. Reads by pages; memory does
 * not grow with the catalogue.
 */
export interface Verification {
  readonly companyId: number
  /** Products of the distributor that the store should have. */
  readonly checked: number
  readonly missing: number
  readonly duplicated: number
  readonly altered: number
  /** The first of what is wrong: 20, or as many as were asked for. */
  readonly details: readonly VerificationDetail[]
}

export interface VerificationDetail {
  readonly kind: 'missing' | 'duplicated' | 'altered'
  /** The distributor's product; 0 for what is not a copy of one. */
  readonly sourceId: number
  readonly sku: string
  /** What differs: names of columns, or what is wrong with the row. */
  readonly fields: readonly string[]
}

export interface VerifiedRun {
  readonly id: number
  readonly companyId: number
}

/** How much of what is wrong is kept: a store that was never copied to would fill the memory. */
export interface VerifyOptions {
  readonly maxDetails?: number
}

export interface VerifyDependencies {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
}

/** Verifies the store of a run that has ended; answers undefined when the store's database has no trace of the run. */
export async function verifyRun(
  deps: VerifyDependencies,
  run: VerifiedRun,
  { maxDetails }: VerifyOptions = {},
): Promise<Verification | undefined> {
  const place = await placeOfRun(deps.central, run.id)
  if (!place) return undefined
  await using store = await deps.stores.open(place)
  const maxId = await findSnapshotEnd(store, run.id)
  if (maxId === undefined) return undefined
  const distributorId = await findDistributorOf(deps.central, run.id)
  const isShared = place.name === null
  return await verifyStore(deps.central, store, {
    companyId: run.companyId,
    distributorId,
    maxId,
    isShared,
    maxDetails,
  })
}

export interface VerifyScope {
  readonly companyId: number
  readonly distributorId: string
  /** Newer products of the distributor are not expected. */
  readonly maxId: number
  /** True when the database has a right to rows of other stores. */
  readonly isShared: boolean
  readonly maxDetails?: number | undefined
}

export async function verifyStore(
  central: CentralDatabase,
  store: StoreDatabase,
  scope: VerifyScope,
): Promise<Verification> {
  const tally = new Tally(scope.companyId, scope.maxDetails)
  let afterId = 0
  for (;;) {
    const page = await readExpected(central, scope, afterId)
    const lastId = page.at(-1)?.id ?? lastPossibleId
    await comparePage(store, { scope, page, range: { afterId, lastId }, tally })
    if (page.length === 0) break
    afterId = lastId
  }
  await compareRest(store, scope, tally)
  return tally.result()
}

/** Of the columns that hold ids. */
const lastPossibleId = 2_147_483_647

interface ComparedPage {
  readonly scope: VerifyScope
  readonly page: readonly ExpectedProduct[]
  readonly range: { readonly afterId: number; readonly lastId: number }
  readonly tally: Tally
}

async function comparePage(store: StoreDatabase, { scope, page, range, tally }: ComparedPage): Promise<void> {
  const expected = new Map(page.map((product) => [product.id, product]))
  const own = await readOwnSkus(
    store,
    scope.companyId,
    page.map(({ sku }) => sku),
  )
  const found = new Set<number>()
  for await (const row of readStored(store, scope.companyId, range)) {
    if (found.has(row.sourceId)) tally.add('duplicated', row, ['item_father_id'])
    else compareRow(row, expected.get(row.sourceId), tally)
    found.add(row.sourceId)
  }
  for (const product of page.filter((each) => isWanted(each, scope))) {
    const isFound = found.has(product.id)
    if (own.has(product.sku) && !isFound) continue
    tally.check()
    if (!isFound) tally.add('missing', { sourceId: product.id, sku: product.sku }, [])
  }
}

function isWanted({ id, isActive, sku }: ExpectedProduct, { maxId }: VerifyScope): boolean {
  return isActive && id <= maxId && !isReserved(sku)
}

/** A product that the distributor has deactivated since stays in the store as it was. */
function compareRow(row: StoredProduct, expected: ExpectedProduct | undefined, tally: Tally): void {
  const fields = expected ? differences(row, expected) : ['item_father_id']
  if (fields.length > 0) tally.add('altered', row, fields)
}

function differences(row: StoredProduct, expected: ExpectedProduct): readonly string[] {
  if (!expected.isActive || isReserved(expected.sku)) return []
  return wantedValues(expected).flatMap(([field, value]) => (row[field] === value ? [] : [field]))
}

type ComparedField = Exclude<keyof StoredProduct, 'sourceId'>

function wantedValues(expected: ExpectedProduct): readonly (readonly [ComparedField, string | number | null])[] {
  const cost = expected.regularPrice === null ? 0 : Math.trunc(expected.regularPrice)
  return [
    ['sku', expected.sku],
    ['name', expected.name],
    ['category', expected.category ?? 'TIENDA'],
    ['categorySourceId', expected.categoryId ?? 0],
    ['taxName', expected.taxName],
    ['taxPercentage', expected.taxPercentage],
    ['image', expected.image === '' ? null : expected.image],
    ['cost', cost],
    ['price', sellingPrice(cost)],
    ['status', cost > 0 ? 1 : 0],
    ['priceStrategy', 'margin-30@1'],
    ['deletedAt', null],
  ]
}

/** 30 % on the selling price, to the nearest hundred, but never below cost. */
function sellingPrice(cost: number): number {
  const price = Math.round(cost / 0.7 / 100) * 100
  return price < cost ? cost + ((100 - (cost % 100)) % 100) : price
}

function isReserved(sku: string): boolean {
  return sku.toUpperCase() === 'GENERICO'
}

async function compareRest(store: StoreDatabase, scope: VerifyScope, tally: Tally): Promise<void> {
  const { companyId } = scope
  const generic = await countGeneric(store, companyId)
  if (generic === 0) tally.add('missing', { sourceId: 0, sku: 'GENERICO' }, [])
  for (let extra = 1; extra < generic; extra += 1) tally.add('duplicated', { sourceId: 0, sku: 'GENERICO' }, ['sku'])
  for (const { sourceId, extra } of await countRepeatedCategories(store, companyId)) {
    for (let each = 0; each < extra; each += 1) {
      tally.add('duplicated', { sourceId, sku: '' }, ['source_category_id'])
    }
  }
  const stray = await countStrayRows(store, scope)
  for (let each = 0; each < stray; each += 1) tally.add('altered', { sourceId: 0, sku: '' }, ['company_id'])
}

/** Counts everything, remembers the first few. */
class Tally {
  readonly #companyId: number
  readonly #maxDetails: number
  readonly #counts = { missing: 0, duplicated: 0, altered: 0 }
  readonly #details: VerificationDetail[] = []
  #checked = 0

  constructor(companyId: number, maxDetails = 20) {
    this.#companyId = companyId
    this.#maxDetails = maxDetails
  }

  check(): void {
    this.#checked += 1
  }

  add(
    kind: VerificationDetail['kind'],
    { sourceId, sku }: { sourceId: number; sku: string },
    fields: readonly string[],
  ) {
    this.#counts[kind] += 1
    if (this.#details.length < this.#maxDetails) this.#details.push({ kind, sourceId, sku, fields })
  }

  result(): Verification {
    return { companyId: this.#companyId, checked: this.#checked, ...this.#counts, details: this.#details }
  }
}

/** Undefined when the file was deleted and came back empty, or when the run never reached it. */
async function findSnapshotEnd(store: StoreDatabase, runId: number): Promise<number | undefined> {
  const tables = await store.introspection.getTables()
  if (!tables.some(({ name }) => name === 'copy_receipts')) return undefined
  const query = store.selectFrom('copy_receipts').select('max_source_id').where('run_id', '=', runId)
  return (await query.executeTakeFirst())?.max_source_id
}

async function findDistributorOf(central: CentralDatabase, runId: number): Promise<string> {
  const query = central.selectFrom('copy_runs').select('tenant_id').where('id', '=', runId)
  return (await query.executeTakeFirstOrThrow()).tenant_id
}
