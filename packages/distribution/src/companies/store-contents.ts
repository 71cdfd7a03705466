import {
  countReasons,
  type ListedOutcome,
  listOutcomes,
  listStoreProducts,
  type ReasonCount,
  type StoreProduct,
} from '../copy/store-products.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import type { StoreDatabase, StoreDatabases } from '../tenancy/store-databases.ts'
import type { StoreSummary } from './stores.ts'

export interface StoreContents {
  readonly list: {
    /** Undefined while the store's database is not made. */
    readonly products: readonly StoreProduct[] | undefined
    readonly search: string | undefined
    readonly afterId: number | undefined
    readonly nextId: number | undefined
  }
  readonly report: { readonly reasons: readonly ReasonCount[]; readonly outcomes: readonly ListedOutcome[] }
}

interface Question {
  readonly store: StoreSummary
  readonly search: string | undefined
  readonly afterId: number | undefined
}

const productsPerPage = 50
const maxOutcomes = 500

/** What a store's own database says: a page of its products and the outcomes of its latest run. */
export async function readStoreContents(
  site: { readonly central: CentralDatabase; readonly stores: StoreDatabases },
  { store, search, afterId }: Question,
): Promise<StoreContents> {
  const name = await findDatabaseName(site.central, store.companyId)
  if (name === undefined) return { list: { products: undefined, search, afterId, nextId: undefined }, report: nothing }
  await using database = await site.stores.open(name)
  const found = await listStoreProducts(database, {
    limit: productsPerPage + 1,
    ...(search && { search }),
    ...(afterId && { afterId }),
  })
  const products = found.slice(0, productsPerPage)
  const nextId = found.length > productsPerPage ? products.at(-1)?.id : undefined
  return { list: { products, search, afterId, nextId }, report: await readReport(database, store) }
}

const nothing: StoreContents['report'] = { reasons: [], outcomes: [] }

async function readReport(database: StoreDatabase, { run }: StoreSummary): Promise<StoreContents['report']> {
  if (!run) return nothing
  const outcomes = await listOutcomes(database, { runId: run.id, limit: maxOutcomes })
  return { reasons: await countReasons(database, run.id), outcomes }
}

async function findDatabaseName(central: CentralDatabase, companyId: number): Promise<string | undefined> {
  const tenant = await central
    .selectFrom('tenants')
    .select('db_name')
    .where('company_id', '=', companyId)
    .where('database_setup', '=', 1)
    .executeTakeFirst()
  return tenant?.db_name ?? undefined
}
