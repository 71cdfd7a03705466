import { lastPossibleId } from '../../database/last-possible-id.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import { heardLater } from './heard-later.ts'
import type { ComparedPage } from './verify-products.ts'
import { expectedPageSize, readProducts, SourceReferences, type SourceScope, withValues } from './verify-source.ts'
import { readStored, StoreReferences } from './verify-store.ts'

interface Ends {
  readonly central: CentralDatabase
  readonly store: StoreDatabase
}

interface PageScope extends SourceScope {
  readonly companyId: number
}

interface Page extends ComparedPage {
  /** Undefined of the last page, which has all ids that are left. */
  readonly lastId: number | undefined
}

/** All products of the distributor and of the store. The next page is read at both ends while one is compared. */
export async function* pagesOf({ central, store }: Ends, scope: PageScope): AsyncGenerator<ComparedPage> {
  const sourceReferences = new SourceReferences(central, scope)
  const storeReferences = new StoreReferences(store, scope.companyId)
  const read = async (afterId: number): Promise<Page> => {
    const products = await readProducts(central, scope, afterId)
    const lastId = products.length < expectedPageSize ? undefined : products.at(-1)?.id
    // Neither waits for the other, nor the next page for them.
    const expected = heardLater(withValues(central, { ...scope, references: sourceReferences }, products))
    const stored = readStored(store, scope.companyId, {
      afterId,
      lastId: lastId ?? lastPossibleId,
      references: storeReferences,
    })
    return { expected, stored, lastId }
  }
  let next: Promise<Page> | undefined = read(0)
  while (next) {
    const page: Page = await next
    next = page.lastId === undefined ? undefined : heardLater(read(page.lastId))
    yield page
  }
}
