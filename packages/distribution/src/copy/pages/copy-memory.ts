import type { CentralDatabase } from '../../database/open-central.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import type { CopyRules, PreparedPage, SourceProduct } from '../plan/plan.ts'
import type { PageRange } from './source-page.ts'

/** CONTRACT: what is known of earlier copies, so that one need not read everything. A copy without it does. */
export interface CopyMemory {
  /** Once for each attempt, before its distributor's rules are known: what depends on neither is under way then. */
  begin(central: CentralDatabase): Recalling
}

export interface Recalling {
  /** Before the attempt reads a product. */
  recall(copy: RecalledCopy): Promise<Recollection>
}

export interface RecalledCopy {
  readonly companyId: number
  readonly distributorId: string
  readonly rules: CopyRules
}

export interface Recollection {
  /** Neither the catalogue nor the rules have changed since a run of this store; only the store can tell the rest. */
  readonly mayRepeat: boolean
  /** The run after which nothing at all has changed: there is nothing to copy. */
  unchangedSince(store: StoreDatabase): Promise<number | undefined>
  /** A page as it is at this moment or, when another copy has read it of the same catalogue, as it was then. */
  readPage(range: PageRange): Promise<readonly SourceProduct[]>
  /** As `PageSource` has it, by the rules of the copy. */
  prepareShared(products: readonly SourceProduct[]): Promise<PreparedPage> | undefined
  /** Nothing of the catalogue has been counted since; undefined where nobody counts. Whoever relies on it asks `isCatalogueSame` later. */
  readonly isUnmoved?: () => Promise<boolean>
  /** Nothing of the catalogue has changed since the attempt began; false as well where nobody can tell. Asked once, and kept. */
  isCatalogueSame(): Promise<boolean>
  /** The run has copied everything without an error, in this attempt. */
  remember(store: StoreDatabase, runId: number): Promise<void>
}
