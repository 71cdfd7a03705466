import { PermanentError } from '@surtidor/queue'
import { InvalidRuleError } from '../../catalog/rule-fields.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import { readCopyRules } from '../copy-rules.ts'
import type { CopyRules, SourceProduct } from '../plan/plan.ts'
import { firstLine, type RunAttempt } from '../runs/run-attempts.ts'
import type { CopyMemory, Recollection } from './copy-memory.ts'
import { firstPageSize } from './copy-pages.ts'
import { readRepeatedSkus } from './repeated-skus.ts'
import { type PageRange, readSnapshot, type Snapshot, SourceCatalogue } from './source-page.ts'
import type { PlanBasis } from './write-page.ts'

/** What an attempt asks the distributor's catalogue for before its store is open. */
export interface SourceBeginning extends PlanBasis {
  readonly snapshot: Snapshot
  readonly memory: Recollection | undefined
  readPage(range: PageRange): Promise<readonly SourceProduct[]>
}

export interface SourceDependencies {
  readonly central: CentralDatabase
  readonly memory?: CopyMemory | undefined
}

/** Most copies are first ones: what those need is under way then, the first page too. */
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
  return {
    rules,
    repeatedSkus,
    snapshot,
    memory,
    readPage: isExpected ? readerAhead(source, snapshot) : readerOf(source),
  }
}

/** A later attempt mostly goes on behind the first page. */
function isFirst({ epoch }: RunAttempt): boolean {
  return epoch === 1
}

type PageSource = Pick<SourceBeginning, 'readPage'>

function readerOf(source: PageSource): SourceBeginning['readPage'] {
  return (range) => source.readPage(range)
}

function readerAhead(source: PageSource, { maxId }: Snapshot): SourceBeginning['readPage'] {
  const firstRange = { afterId: 0, maxId, limit: firstPageSize }
  let first: Promise<readonly SourceProduct[]> | undefined = source.readPage(firstRange)
  // It may fail before anybody wants it.
  first.catch(() => undefined)
  return (range) => {
    const early = isSame(range, firstRange) ? first : undefined
    first = undefined
    return early ?? source.readPage(range)
  }
}

function isSame(one: PageRange, other: PageRange): boolean {
  return one.afterId === other.afterId && one.maxId === other.maxId && one.limit === other.limit
}

/** Rules that cannot be understood stay so until somebody mends them. */
async function rulesOf(central: CentralDatabase, distributorId: string): Promise<CopyRules> {
  return await readCopyRules(central, distributorId).catch((error: unknown) => {
    throw error instanceof InvalidRuleError ? new PermanentError(firstLine(error), { cause: error }) : error
  })
}
