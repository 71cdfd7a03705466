import { skuKey } from '../copy/plan/assign-skus.ts'
import { type CopyRules, type PagePlan, type PlannedProduct, planPage } from '../copy/plan/plan.ts'
import { isReservedSku } from '../copy/plan/skip-reason.ts'
import { sourceSku } from '../copy/plan/source-product.ts'
import { lastPossibleId } from '../database/last-possible-id.ts'
import { differencesOf } from './compare-row.ts'
import type { OriginalTables } from './original-tables.ts'
import type { ParityCounts, ParityFinding, ParityKind } from './parity-finding.ts'
import { type OriginalProduct, readOriginalPage } from './parity-source.ts'
import { countFurtherCategories, type OriginalRow, readCopies, readLastCopy, readOwnRows } from './parity-store.ts'

/** The databases of the original: one with the catalogue, one with the stores, often the same. */
export interface Originals {
  readonly catalogue: OriginalTables
  readonly stores: OriginalTables
  /** SKUs that more than one product of the distributor has. */
  readonly repeatedSkus: ReadonlySet<string>
}

export interface ComparedStore {
  readonly companyId: number
  readonly rules: CopyRules
  /** Hears of each difference. */
  readonly tell: (finding: ParityFinding) => void
}

/**
 * Compares what the original has put into a store with what a copy here would put there, as the same planner says. Reads
 * by pages: only the store's own products and the SKUs that are taken stay in memory.
 */
export async function compareStore(originals: Originals, store: ComparedStore): Promise<ParityCounts> {
  const { catalogue, stores } = originals
  const { companyId } = store
  const own = await readOwnRows(stores, companyId)
  const comparison = new StoreComparison(store, { own, lastCopy: await readLastCopy(stores, companyId) })
  for (let afterId = 0; ; ) {
    const page = await readOriginalPage(catalogue, { afterId, label: store.rules.strategy.baseLabel })
    const lastId = page.at(-1)?.id
    const copies: OriginalRow[] = []
    const range = { companyId, afterId, lastId: lastId ?? lastPossibleId }
    for await (const row of readCopies(stores, range)) copies.push(row)
    comparison.comparePage(page, { copies, repeatedSkus: originals.repeatedSkus })
    if (lastId === undefined) break
    afterId = lastId
  }
  return comparison.finish(await countFurtherCategories(stores, companyId))
}

interface Page {
  readonly copies: readonly OriginalRow[]
  readonly repeatedSkus: ReadonlySet<string>
}

/** A product of the distributor, what a copy here makes of it, and the rows that stand for it. */
interface Match {
  readonly product: OriginalProduct
  readonly planned: PlannedProduct | undefined
  /** Why a copy here leaves it out. */
  readonly refusal: ParityFinding['reason'] | undefined
  readonly rows: readonly OriginalRow[]
}

class StoreComparison {
  readonly #store: ComparedStore
  readonly #counts: ParityCounts
  /** The store's own products by SKU; those that turn out to be the distributor's leave it. */
  readonly #own: Map<string, OriginalRow[]>
  /** SKUs of the products of earlier pages. */
  readonly #taken = new Set<string>()
  readonly #lastCopy: string | null

  constructor(
    store: ComparedStore,
    { own, lastCopy }: { readonly own: readonly OriginalRow[]; readonly lastCopy: string | null },
  ) {
    const { companyId } = store
    this.#store = store
    this.#own = Map.groupBy(own, ({ sku }) => skuKey(sku ?? ''))
    this.#lastCopy = lastCopy
    this.#counts = { companyId, expected: 0, equal: 0, missing: 0, extra: 0, duplicated: 0, different: 0 }
  }

  /** `products` are all of the distributor in the range of the copies, active or not. */
  comparePage(products: readonly OriginalProduct[], { copies, repeatedSkus }: Page): void {
    const rows = Map.groupBy(copies, ({ sourceId }) => sourceId)
    for (const product of products) this.#tieOwn(product, rows, repeatedSkus)
    const plan = this.#plan(products)
    const planned = new Map(plan.inserts.map((row) => [row.sourceId, row]))
    const refusals = new Map(
      plan.outcomes.filter(({ outcome }) => outcome !== 'copied').map(({ sourceId, reason }) => [sourceId, reason]),
    )
    for (const product of products) {
      const { id } = product
      this.#compare({ product, planned: planned.get(id), refusal: refusals.get(id), rows: rows.get(id) ?? [] })
      rows.delete(id)
    }
    for (const row of [...rows.values()].flat()) this.#tell('extra', row, whole('SOURCE_GONE'))
  }

  finish(furtherCategories: number): ParityCounts {
    const generic = this.#own.get('GENERICO') ?? []
    this.#compareGeneric(generic[0])
    for (const rows of this.#own.values()) {
      for (const row of rows.slice(1)) this.#tell('duplicated', row, whole('OWN_SKU_REPEATED'))
    }
    if (furtherCategories > 0) {
      const category = { id: null, sourceId: 0, sku: '', name: 'TIENDA' }
      const values = { field: 'tat_categories.name', original: furtherCategories + 1, ours: 1 }
      this.#tell('duplicated', category, { ...values, reason: 'CATEGORY_REPEATED' })
    }
    return this.#counts
  }

  /**
   * An own product with the SKU of one product of the distributor is that product, whose link an edit has cut: alone it
   * stands for it, beside a copy it is there twice.
   */
  #tieOwn(product: OriginalProduct, rows: Map<number, OriginalRow[]>, repeatedSkus: ReadonlySet<string>): void {
    const { id, sku } = product
    if (sku === null || repeatedSkus.has(sku) || isReservedSku(sku)) return
    const [first, ...others] = this.#own.get(skuKey(sku)) ?? []
    if (!first) return
    if (others.length > 0) this.#own.set(skuKey(sku), others)
    else this.#own.delete(skuKey(sku))
    if (rows.has(id)) this.#tell('duplicated', { ...first, sourceId: id }, whole('COPIED_AGAIN'))
    else rows.set(id, [first])
  }

  /** As into a store that has none of the products yet. */
  #plan(products: readonly OriginalProduct[]): PagePlan {
    const active = products.filter(({ isActive }) => isActive)
    const isTaken = (key: string) => this.#taken.has(key) || this.#own.has(key)
    const takenSkus = new Set(active.map((product) => skuKey(sourceSku(product))).filter(isTaken))
    const plan = planPage(active, { copied: new Map(), takenSkus }, this.#store.rules)
    for (const { sku } of plan.inserts) this.#taken.add(skuKey(sku))
    return plan
  }

  #compare({ product, planned, refusal, rows }: Match): void {
    const [row, ...others] = rows
    for (const other of others) this.#tell('duplicated', other, whole('COPY_REPEATED'))
    if (!planned) {
      // What the store has deleted is not there.
      if (row && row.deletedAt === null) {
        this.#tell('extra', { ...row, sourceId: product.id }, whole(refusal ?? 'SOURCE_INACTIVE'))
      }
      return
    }
    this.#counts.expected += 1
    if (row) this.#compareRow(row, planned, product)
    else this.#tell('missing', missingRow(product, planned), whole(this.#whyMissing(product)))
  }

  #compareRow(row: OriginalRow, planned: PlannedProduct, product: OriginalProduct): void {
    const { companyId, rules } = this.#store
    const found = [
      ...(row.sourceId === 0 ? [lostLink(product)] : []),
      ...(row.deletedAt === null ? differencesOf({ row, planned, product, companyId, rules }) : deletion(row)),
    ]
    if (found.length === 0) this.#counts.equal += 1
    else this.#counts.different += 1
    for (const difference of found) this.#report('different', { ...row, sourceId: product.id }, difference)
  }

  #whyMissing({ createdAt }: OriginalProduct): ParityFinding['reason'] {
    if (this.#lastCopy === null) return 'NOTHING_COPIED'
    return createdAt !== null && createdAt > this.#lastCopy ? 'NEWER_THAN_COPY' : 'LOST_WITHOUT_A_WORD'
  }

  #compareGeneric(row: OriginalRow | undefined): void {
    this.#counts.expected += 1
    const generic = { id: null, sourceId: 0, sku: 'GENERICO', name: 'PRODUCTO GENERICO' }
    if (!row) this.#tell('missing', generic, whole('GENERIC_MISSING'))
    else if (row.categoryCompanyId === this.#store.companyId) this.#counts.equal += 1
    else {
      const values = { field: 'categoryId', original: row.category, ours: 'TIENDA' }
      this.#tell('different', row, { ...values, reason: 'CATEGORY_OF_ANOTHER' })
    }
  }

  #tell(kind: ParityKind, row: ReportedRow, why: Why): void {
    this.#counts[kind] += 1
    this.#report(kind, row, why)
  }

  #report(kind: ParityKind, { id, sourceId, sku, name }: ReportedRow, why: Why): void {
    const { companyId, tell } = this.#store
    tell({ companyId, kind, sourceId, rowId: id, sku: sku ?? '', name, ...why })
  }
}

type ReportedRow = Pick<OriginalRow, 'sourceId' | 'sku' | 'name'> & { readonly id: number | null }

type Why = Pick<ParityFinding, 'field' | 'original' | 'ours' | 'reason'>

function whole(reason: ParityFinding['reason']): Why {
  return { field: null, original: null, ours: null, reason }
}

function missingRow({ id, name }: OriginalProduct, { sku }: PlannedProduct): ReportedRow {
  return { id: null, sourceId: id, sku, name }
}

function lostLink({ id }: OriginalProduct) {
  return { field: 'item_father_id', original: 0, ours: id, reason: 'LINK_LOST' } as const
}

/** One that the store has deleted does not come back here either. */
function deletion({ deletedAt, createdAt }: OriginalRow) {
  if (deletedAt !== createdAt) return []
  return [{ field: 'deleted_at', original: deletedAt, ours: null, reason: 'DELETED_AT_BIRTH' } as const]
}
