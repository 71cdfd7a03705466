import type { CentralDatabase } from '../../database/open-central.ts'
import type { StoreDatabase, StoreDatabases } from '../../tenancy/store-databases.ts'
import { isShared } from '../../tenancy/store-hosting.ts'
import { readCopyRules } from '../copy-rules.ts'
import { placeOfRun } from '../runs/run-store.ts'
import { heardLater } from './heard-later.ts'
import { pagesOf } from './verify-pages.ts'
import { ProductComparison } from './verify-products.ts'
import { SkuTwins } from './verify-skus.ts'
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
  const products = new ProductComparison(store, { scope, rules, tally })
  let whole: WholeStore | undefined
  for await (const page of pagesOf({ central, store }, { ...scope, baseLabel: rules.strategy.baseLabel })) {
    // Behind the question for the first stored products: the store has time for it while those are compared.
    whole ??= askWhole(store, scope)
    await products.comparePage(page, whole.twins)
  }
  await products.finish()
  if (whole) tellRest(await whole.rest, tally)
  return tally.result()
}

/** What is asked of the whole store at once, one after the other. */
function askWhole(store: StoreDatabase, scope: VerifyScope) {
  const twins = heardLater(SkuTwins.read(store, scope.companyId))
  return { twins, rest: heardLater(twins.then(() => readRest(store, scope))) }
}

async function readRest(store: StoreDatabase, scope: VerifyScope) {
  const { companyId } = scope
  return {
    generic: await countGeneric(store, companyId),
    categories: await countRepeatedCategories(store, companyId),
    stray: await countStrayRows(store, scope),
  }
}

type WholeStore = ReturnType<typeof askWhole>
type Rest = Awaited<WholeStore['rest']>

function tellRest({ generic, categories, stray }: Rest, tally: Tally): void {
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
