import type { CentralDatabase } from '../../database/open-central.ts'
import type { StoreDatabase, StoreDatabases } from '../../tenancy/store-databases.ts'
import { isShared } from '../../tenancy/store-hosting.ts'
import { readCopyRules } from '../copy-rules.ts'
import { placeOfRun } from '../runs/run-store.ts'
import { ProductComparison } from './verify-products.ts'
import { SkuTwins } from './verify-skus.ts'
import { type ExpectedProduct, expectedPageSize, readExpected } from './verify-source.ts'
import { countGeneric, countRepeatedCategories, countStrayRows } from './verify-store.ts'
import { Tally, type Verification } from './verify-tally.ts'

export type { Verification, VerificationDetail } from './verify-tally.ts'

export interface VerifiedRun {
  readonly id: number
  readonly companyId: number
}

export interface VerifyOptions {
  /** How much of what is wrong is kept: a store that was never copied to would fill the memory. Default 20. */
  readonly maxDetails?: number
  /** Hears of each page which of the distributor's products are not in the store as they should be. */
  readonly onAltered?: (store: StoreDatabase, sourceIds: readonly number[]) => Promise<void>
}

export interface VerifyDependencies {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
}

/**
 * The oracle: works out anew what every product of the store of an ended run should be, and compares. It shares nothing
 * with the code that copies, neither its SQL nor its price rule, so that one mistake cannot hide in both. Reads by pages;
 * memory does not grow with the catalogue. Undefined when the store's database has no trace of the run.
 */
export async function verifyRun(
  deps: VerifyDependencies,
  run: VerifiedRun,
  options: VerifyOptions = {},
): Promise<Verification | undefined> {
  const place = await placeOfRun(deps.central, run.id)
  if (!place) return undefined
  await using store = await deps.stores.open(place)
  const maxId = await findSnapshotEnd(store, run.id)
  if (maxId === undefined) return undefined
  const distributorId = await findDistributorOf(deps.central, run.id)
  return await verifyStore(deps.central, store, {
    ...options,
    companyId: run.companyId,
    distributorId,
    maxId,
    isShared: isShared(place),
  })
}

export interface VerifyScope extends VerifyOptions {
  readonly companyId: number
  readonly distributorId: string
  /** Newer products of the distributor are not expected. */
  readonly maxId: number
  /** True when the database has a right to rows of other stores. */
  readonly isShared: boolean
}

export async function verifyStore(
  central: CentralDatabase,
  store: StoreDatabase,
  scope: VerifyScope,
): Promise<Verification> {
  const tally = new Tally(scope.companyId, scope.maxDetails)
  const rules = await readCopyRules(central, scope.distributorId)
  // The store has time for it while the first products are read.
  const twins = heardLater(SkuTwins.read(store, scope.companyId))
  const products = new ProductComparison(store, { scope, rules, tally, twins })
  const source = { distributorId: scope.distributorId, baseLabel: rules.strategy.baseLabel }
  let aside: Promise<Aside> | undefined
  for await (const { page, range } of pagesOf((afterId) => readExpected(central, source, afterId))) {
    const compared = products.comparePage(page, range)
    // Behind the question for the first stored products: the store has time for it while those are compared.
    aside ??= heardLater(twins.then(() => readAside(store, scope)))
    await compared
  }
  await products.finish()
  if (aside) tellRest(await aside, tally)
  return tally.result()
}

/** It may fail before anybody listens. */
function heardLater<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => undefined)
  return promise
}

/** The next page is read while one is compared; the last has all ids that are left. */
async function* pagesOf(read: (afterId: number) => Promise<readonly ExpectedProduct[]>) {
  let afterId = 0
  let next = read(0)
  for (;;) {
    const page = await next
    const lastId = page.length < expectedPageSize ? undefined : page.at(-1)?.id
    if (lastId !== undefined) next = read(lastId)
    // It may fail while the page is compared, before anybody listens.
    next.catch(() => undefined)
    yield { page, range: { afterId, lastId: lastId ?? lastPossibleId } }
    if (lastId === undefined) return
    afterId = lastId
  }
}

/** Of the columns that hold ids. */
const lastPossibleId = 2_147_483_647

/** What is asked of the whole store at once. */
async function readAside(store: StoreDatabase, scope: VerifyScope) {
  const { companyId } = scope
  return {
    generic: await countGeneric(store, companyId),
    categories: await countRepeatedCategories(store, companyId),
    stray: await countStrayRows(store, scope),
  }
}

type Aside = Awaited<ReturnType<typeof readAside>>

function tellRest({ generic, categories, stray }: Aside, tally: Tally): void {
  if (generic === 0) tally.add('missing', { sourceId: 0, sku: 'GENERICO' }, [])
  for (let extra = 1; extra < generic; extra += 1) tally.add('duplicated', { sourceId: 0, sku: 'GENERICO' }, ['sku'])
  for (const { sourceId, extra } of categories) {
    for (let each = 0; each < extra; each += 1) {
      tally.add('duplicated', { sourceId, sku: '' }, ['source_category_id'])
    }
  }
  for (let each = 0; each < stray; each += 1) tally.add('altered', { sourceId: 0, sku: '' }, ['company_id'])
}

/** Undefined when the file was deleted and came back empty, or when the run never reached it. */
async function findSnapshotEnd(store: StoreDatabase, runId: number): Promise<number | undefined> {
  try {
    const query = store.selectFrom('copy_receipts').select('max_source_id').where('run_id', '=', runId)
    return (await query.executeTakeFirst())?.max_source_id
  } catch (error) {
    // Asked for only then: on MariaDB it takes longer than a page of products.
    const tables = await store.introspection.getTables()
    if (tables.some(({ name }) => name === 'copy_receipts')) throw error
    return undefined
  }
}

async function findDistributorOf(central: CentralDatabase, runId: number): Promise<string> {
  const query = central.selectFrom('copy_runs').select('tenant_id').where('id', '=', runId)
  return (await query.executeTakeFirstOrThrow()).tenant_id
}
