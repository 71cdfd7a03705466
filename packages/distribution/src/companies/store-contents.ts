import type { Logger } from 'pino'
import { isActive } from '../copy/runs/run-texts.ts'
import {
  countReasons,
  type ListedOutcome,
  type ListedProducts,
  listOutcomes,
  listStoreProducts,
  type ReasonCount,
} from '../copy/runs/store-products.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import type { StoreDatabase, StoreDatabases } from '../tenancy/store-databases.ts'
import { placeColumns, type StorePlace } from '../tenancy/store-hosting.ts'
import { storeProblem } from '../tenancy/store-problem.ts'
import type { StoreSummary } from './stores.ts'

export interface StoreContents {
  readonly list: {
    readonly products: ListedProducts
    readonly search: string | undefined
    readonly afterId: number | undefined
    readonly nextId: number | undefined
  }
  readonly report: {
    readonly isReadable: boolean
    readonly reasons: readonly ReasonCount[]
    readonly outcomes: readonly ListedOutcome[]
  }
}

interface Dependencies {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
  readonly log: Pick<Logger, 'error'>
}

interface Question {
  readonly store: StoreSummary
  readonly search: string | undefined
  readonly afterId: number | undefined
}

const productsPerPage = 50
const maxOutcomes = 500

/**
 * What a store's own database says: a page of its products and the outcomes of its latest run. A database that cannot
 * be read is told in the answer and logged: the rest of the store's page does not need it.
 */
export async function readStoreContents(deps: Dependencies, question: Question): Promise<StoreContents> {
  const { companyId, run } = question.store
  const place = await findPlace(deps.central, companyId)
  if (place === undefined) return without(isActive(run) ? 'preparing' : [], question)
  try {
    await using database = await deps.stores.open(place)
    return await readContents(database, question)
  } catch (error) {
    if (!storeProblem(error)) throw error
    deps.log.error({ err: error, companyId }, 'store database cannot be read')
    return without('unreadable', question)
  }
}

async function readContents(database: StoreDatabase, question: Question): Promise<StoreContents> {
  const { store, search, afterId } = question
  const { companyId } = store
  const found = await listStoreProducts(database, { companyId, limit: productsPerPage + 1, search, afterId })
  const products = found.slice(0, productsPerPage)
  const nextId = found.length > productsPerPage ? products.at(-1)?.id : undefined
  return { list: { products, search, afterId, nextId }, report: await readReport(database, store) }
}

async function readReport(database: StoreDatabase, { run }: StoreSummary): Promise<StoreContents['report']> {
  if (!run) return { isReadable: true, reasons: [], outcomes: [] }
  const outcomes = await listOutcomes(database, { runId: run.id, limit: maxOutcomes })
  return { isReadable: true, reasons: await countReasons(database, run.id), outcomes }
}

function without(products: ListedProducts, { search, afterId }: Question): StoreContents {
  const isReadable = products !== 'unreadable'
  return {
    list: { products, search, afterId, nextId: undefined },
    report: { isReadable, reasons: [], outcomes: [] },
  }
}

/** Undefined while the database is not made. */
async function findPlace(central: CentralDatabase, companyId: number): Promise<StorePlace | undefined> {
  return central
    .selectFrom('tenants')
    .select([...placeColumns])
    .where('kind', '=', 'store')
    .where('company_id', '=', companyId)
    .where('database_setup', '=', 1)
    .executeTakeFirst()
}
