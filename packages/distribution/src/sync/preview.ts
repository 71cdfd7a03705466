import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { readCopyRules } from '../copy/copy-rules.ts'
import { readCopiedIds } from '../copy/pages/discontinue.ts'
import { readRepeatedSkus } from '../copy/pages/repeated-skus.ts'
import { type CatalogueSource, type PageRange, SourceCatalogue } from '../copy/pages/source-page.ts'
import { StoreSkus } from '../copy/pages/store-skus.ts'
import { planFor } from '../copy/pages/write-page.ts'
import type { CopyRules, PagePlan, SourceProduct } from '../copy/plan/plan.ts'
import { planDiscontinued } from '../copy/plan/plan-discontinued.ts'
import { lastPossibleId } from '../database/last-possible-id.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import type { Text } from '../i18n/locale.ts'
import type { StoreDatabase, StoreDatabases } from '../tenancy/store-databases.ts'
import { storeProblem } from '../tenancy/store-problem.ts'
import { listPublishedStores, type PublishedStore } from './batch-stores.ts'
import { readCatalogueRevision } from './catalogue-revision.ts'
import { rulesRevision } from './rules-revision.ts'
import { SourceCache } from './source-cache.ts'

/** What a publication would do in one store, or in all of them: numbers of products. */
export interface PreviewCounts {
  readonly added: number
  readonly changed: number
  readonly same: number
  /** In the store and no longer sold by the distributor. */
  readonly discontinued: number
  /** Left out, or given another SKU, because the SKU is another row's; and products with an impossible price. */
  readonly conflicts: number
}

export interface StorePreview extends PreviewCounts {
  readonly companyId: number
  readonly name: string
  /** Why nothing is known of this store; its copy would fail for the same reason. */
  readonly problem: Text | undefined
}

export interface PublicationPreview {
  /** Of the catalogue and the rules that it was computed with. */
  readonly revision: string
  readonly stores: readonly StorePreview[]
  /** Over all stores. */
  readonly sum: PreviewCounts
}

export interface PreviewDependencies {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
}

/**
 * What a publication would do, by the same planner as the copy, page by page; writes nothing anywhere. The catalogue is read
 * once for all stores, as far as 32 MiB hold it. Throws `InvalidRuleError` when the distributor's rules cannot be understood.
 */
export async function previewPublication(
  { central, stores }: PreviewDependencies,
  distributorId: string,
): Promise<PublicationPreview> {
  const catalogue = await openCatalogue(central, distributorId)
  const previews: StorePreview[] = []
  for (const store of await listPublishedStores(central, distributorId)) {
    previews.push(await previewStore(stores, catalogue, store))
    // A file answers on this thread: pages and signals want their turn too.
    await nextTurn()
  }
  return { revision: revisionOf(catalogue), stores: previews, sum: sumOfPreviews(previews) }
}

/**
 * What a preview at this moment would be computed with, without a look at any store; undefined where changes of the catalogue
 * are not recorded, because only a look at every product would tell.
 */
export async function readPublicationRevision(
  central: CentralDatabase,
  distributorId: string,
): Promise<string | undefined> {
  const rules = await readCopyRules(central, distributorId)
  const revision = await readCatalogueRevision(central, distributorId)
  return revision && revisionOf({ rules, revision })
}

interface Catalogue {
  readonly central: CentralDatabase
  readonly source: CatalogueSource
  readonly rules: CopyRules
  readonly repeatedSkus: ReadonlySet<string>
  readonly revision: string
  readPage(range: PageRange): Promise<readonly SourceProduct[]>
}

async function openCatalogue(central: CentralDatabase, distributorId: string): Promise<Catalogue> {
  const rules = await readCopyRules(central, distributorId)
  const source = { distributorId, baseLabel: rules.strategy.baseLabel }
  const recorded = await readCatalogueRevision(central, distributorId)
  // It lives as long as the preview, for which the catalogue is what it was when it was read.
  const cache = new SourceCache()
  const key = { distributorId, revision: '' }
  const pages = new SourceCatalogue(central, source)
  const readPage = (range: PageRange) => cache.page(key, String(range.afterId), () => pages.readPage(range))
  const repeatedSkus = await readRepeatedSkus(central, distributorId)
  return {
    central,
    source,
    rules,
    repeatedSkus,
    readPage,
    revision: recorded ?? (await digestOf({ source, readPage })),
  }
}

/** Where no revision is recorded, the products tell one catalogue from another. */
async function digestOf(catalogue: Pick<Catalogue, 'source' | 'readPage'>): Promise<string> {
  const digest = createHash('sha256')
  for await (const products of pagesOf(catalogue)) {
    digest.update(JSON.stringify(products))
    await nextTurn()
  }
  return digest.digest('hex').slice(0, 32)
}

/** The catalogue's and the rules' together. */
function revisionOf({ revision, rules }: Pick<Catalogue, 'revision' | 'rules'>): string {
  return `${revision}${rulesRevision(rules)}`
}

async function previewStore(
  stores: StoreDatabases,
  catalogue: Catalogue,
  { companyId, name, place }: PublishedStore,
): Promise<StorePreview> {
  try {
    await using store = await stores.open(place)
    return { companyId, name, problem: undefined, ...(await countStore(store, catalogue, companyId)) }
  } catch (error) {
    const problem = storeProblem(error)
    if (!problem) throw error
    return { companyId, name, problem, ...nothing }
  }
}

const nothing: PreviewCounts = { added: 0, changed: 0, same: 0, discontinued: 0, conflicts: 0 }

async function countStore(store: StoreDatabase, catalogue: Catalogue, companyId: number): Promise<PreviewCounts> {
  let counts = nothing
  const activeIds: number[] = []
  const skus = new StoreSkus(companyId, catalogue.repeatedSkus)
  await skus.expectCopies(store)
  const plans = { companyId, rules: catalogue.rules, skus }
  for await (const products of pagesOf(catalogue)) {
    const plan = await planFor(store, plans, products)
    skus.suppose(plan.inserts)
    counts = addPlan(counts, plan)
    for (const { id } of products) activeIds.push(id)
  }
  const copied = await readCopiedIds(store, companyId, { afterId: 0, lastId: lastPossibleId })
  return { ...counts, discontinued: planDiscontinued(copied, activeIds).length }
}

const pageSize = 2_000

async function* pagesOf({
  source,
  readPage,
}: Pick<Catalogue, 'source' | 'readPage'>): AsyncGenerator<readonly SourceProduct[]> {
  let afterId = 0
  for (;;) {
    const products = await readPage({ ...source, afterId, maxId: lastPossibleId, limit: pageSize })
    const last = products.at(-1)
    if (last === undefined) return
    yield products
    afterId = last.id
  }
}

const conflictReasons: ReadonlySet<string> = new Set([
  'sku_taken',
  'sku_suffixed',
  'sku_kept',
  'invalid_price',
  'text_too_long',
])

function addPlan(counts: PreviewCounts, { counts: planned, outcomes }: PagePlan): PreviewCounts {
  const conflicting = outcomes.filter(({ reason }) => conflictReasons.has(reason))
  return {
    added: counts.added + planned.copied,
    changed: counts.changed + planned.updated,
    same: counts.same + planned.unchanged,
    discontinued: counts.discontinued,
    conflicts: counts.conflicts + new Set(conflicting.map(({ sourceId }) => sourceId)).size,
  }
}

function sumOfPreviews(previews: readonly StorePreview[]): PreviewCounts {
  const sum = (count: keyof PreviewCounts) => previews.reduce((total, preview) => total + preview[count], 0)
  return {
    added: sum('added'),
    changed: sum('changed'),
    same: sum('same'),
    discontinued: sum('discontinued'),
    conflicts: sum('conflicts'),
  }
}
