import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import {
  type CopyRules,
  isTurnOfOthers,
  type PagePlan,
  PlanAsNew,
  type PreparedPage,
  planPrepared,
  type SourceProduct,
} from '../plan/plan.ts'
import type { AskingPage } from './store-skus.ts'
import { type EncodedInserts, InsertEncoder, type ProductWriter } from './write-products.ts'

/**
 * What becomes of a page if the store has nothing of it, and still the products of its own that it had before. It holds what is
 * sent, not what that was made of: thousands of objects that wait for their turn are moved by each collection of garbage.
 */
export interface SupposedPage extends Pick<PagePlan, 'outcomes' | 'counts'>, AskingPage {
  readonly ownSkus: ReadonlySet<string>
  readonly inserts: EncodedInserts
}

export interface Supposition {
  readonly store: StoreDatabase
  readonly writing: ProductWriter
  readonly rules: CopyRules
  readonly ownSkus: ReadonlySet<string>
}

/** Undefined when that cannot be said of one product after the other. Others have their turn meanwhile. */
export async function supposePage(
  products: readonly SourceProduct[],
  { store, writing, rules, ownSkus }: Supposition,
): Promise<SupposedPage | undefined> {
  const plan = new PlanAsNew(rules, ownSkus)
  const inserts = new InsertEncoder(store, writing)
  let index = 0
  for (const product of products) {
    if (isTurnOfOthers(index++)) await nextTurn()
    const planned = plan.add(product)
    if (!planned || (planned.row && !inserts.add(planned.row))) return undefined
  }
  const { hasOddSkus, outcomes, counts } = plan
  return { products, hasOddSkus, ownSkus, inserts: inserts.finish(), outcomes, counts }
}

/**
 * The same of a page that is prepared, also one whose products want each other's SKUs; undefined when the store has to be asked about
 * some.
 */
export async function supposeTogether(
  page: PreparedPage,
  { store, writing, rules, ownSkus }: Supposition,
): Promise<SupposedPage | undefined> {
  // What made the way one by one impossible may be this: then nothing is planned for it.
  for (const { asNew } of page.prepared.values()) if (asNew.row && !writing.references.know(asNew.row)) return undefined
  const plan = planPrepared(page, { copied: new Map(), takenSkus: ownSkus }, rules)
  if (plan.madeUpSkus.length > 0) return undefined
  const inserts = new InsertEncoder(store, writing)
  for (const [index, product] of plan.inserts.entries()) {
    if (isTurnOfOthers(index)) await nextTurn()
    if (!inserts.add(product)) return undefined
  }
  const { outcomes, counts } = plan
  return { products: page.products, hasOddSkus: page.hasOddSkus, ownSkus, inserts: inserts.finish(), outcomes, counts }
}
