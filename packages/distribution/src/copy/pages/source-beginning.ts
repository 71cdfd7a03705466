import { PermanentError } from '@surtidor/queue'
import { InvalidRuleError } from '../../catalog/rule-fields.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import { readCopyRules } from '../copy-rules.ts'
import type { CopyRules } from '../plan/plan.ts'
import { firstLine, type RunAttempt } from '../runs/run-attempts.ts'
import type { CopyMemory, Recollection } from './copy-memory.ts'
import { EarlyPages, PagesInTime, type SourcePages } from './early-pages.ts'
import { readRepeatedSkus } from './repeated-skus.ts'
import { readSnapshot, type Snapshot, SourceCatalogue } from './source-page.ts'
import type { PlanBasis } from './write-page.ts'

/** What an attempt asks the distributor's catalogue for before its store is open. */
export interface SourceBeginning extends PlanBasis {
  readonly snapshot: Snapshot
  readonly memory: Recollection | undefined
  readonly pages: SourcePages
}

export interface SourceDependencies {
  readonly central: CentralDatabase
  readonly memory?: CopyMemory | undefined
}

/** Most copies are first ones: what those need is under way then, the first pages too. */
export async function beginReading(deps: SourceDependencies, attempt: RunAttempt): Promise<SourceBeginning> {
  const { central } = deps
  const { distributorId } = attempt
  const rules = await rulesOf(central, distributorId)
  const [memory, snapshot, repeatedSkus] = await Promise.all([
    deps.memory?.recall({ central, attempt, rules }),
    readSnapshot(central, distributorId),
    readRepeatedSkus(central, distributorId),
  ])
  const source = memory ?? new SourceCatalogue(central, { distributorId, baseLabel: rules.strategy.baseLabel })
  const isExpected = isFirst(attempt) && !memory?.mayRepeat
  const pages = isExpected ? new EarlyPages(source, rules, snapshot.maxId) : new PagesInTime(source, rules)
  return { rules, repeatedSkus, snapshot, memory, pages }
}

/** A later attempt mostly goes on behind the first page. */
function isFirst({ epoch }: RunAttempt): boolean {
  return epoch === 1
}

/** Rules that cannot be understood stay so until somebody mends them. */
async function rulesOf(central: CentralDatabase, distributorId: string): Promise<CopyRules> {
  return await readCopyRules(central, distributorId).catch((error: unknown) => {
    throw error instanceof InvalidRuleError ? new PermanentError(firstLine(error), { cause: error }) : error
  })
}
