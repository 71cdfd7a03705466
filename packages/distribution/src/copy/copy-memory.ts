import type { CentralDatabase } from '../database/open-central.ts'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import type { CopyRules, SourceProduct } from './plan.ts'
import type { RunAttempt } from './run-attempts.ts'
import type { SourceRange } from './source-page.ts'

/** CONTRACT: what is known of earlier copies, so that one need not read everything. A copy without it does. */
export interface CopyMemory {
  /** Once for each attempt, before it reads a product. */
  recall(copy: RecalledCopy): Promise<Recollection>
}

export interface RecalledCopy {
  readonly central: CentralDatabase
  readonly store: StoreDatabase
  readonly attempt: RunAttempt
  readonly rules: CopyRules
}

export interface Recollection {
  /** The run after which neither the catalogue nor the rules nor the store have changed: there is nothing to copy. */
  readonly unchangedSince: number | undefined
  /** A page as it is at this moment or, when another copy has read it of the same catalogue, as it was then. */
  readPage(range: SourceRange): Promise<readonly SourceProduct[]>
  /** The run has copied everything without an error, in this attempt. */
  remember(): Promise<void>
}
