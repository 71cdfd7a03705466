import { isDeepStrictEqual } from 'node:util'
import { PermanentError } from '@surtidor/queue'
import { InvalidRuleError } from '../../catalog/rule-fields.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import type { CopyRequest } from '../copy-request.ts'
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

/** What is known first, and the rest, which is under way. */
export interface SourceReading {
  readonly memory: Recollection | undefined
  readonly beginning: Promise<SourceBeginning>
}

/**
 * Asks what depends on the distributor alone, where the job names it: to claim the run takes as long. Nobody wants the answer
 * when the run is over. Pages are read once it is claimed: most copies are first ones, and those need them.
 */
export function beginReading(deps: SourceDependencies, { companyId, tenantId }: CopyRequest): ReadingOf {
  const early = tenantId ? readBasis(deps, { companyId, distributorId: tenantId }) : undefined
  early?.catch(() => undefined)
  return async (attempt) => {
    const basis = tenantId === attempt.distributorId ? await early : undefined
    if (basis?.memory?.isUnmoved) {
      // Until the run was claimed, who changed something was told that this copy brings it.
      const begun = readingOf(deps, attempt, basis)
      if (await isStillSo(deps, attempt, basis)) return begun
    }
    return readingOf(deps, attempt, await readBasis(deps, attempt))
  }
}

/** Goes on, for an attempt that has its run, with what was begun. */
type ReadingOf = (attempt: RunAttempt) => Promise<SourceReading>

interface Basis extends Pick<SourceBeginning, 'rules' | 'memory'> {
  readonly catalogue: Promise<Pick<SourceBeginning, 'snapshot' | 'repeatedSkus'>>
}

function readingOf(deps: SourceDependencies, attempt: RunAttempt, basis: Basis): SourceReading {
  const beginning = withPages(deps, attempt, basis)
  // It may fail before anybody listens.
  beginning.catch(() => undefined)
  return { memory: basis.memory, beginning }
}

async function withPages(
  { central }: SourceDependencies,
  attempt: RunAttempt,
  { rules, memory, catalogue }: Basis,
): Promise<SourceBeginning> {
  const { distributorId } = attempt
  const { snapshot, repeatedSkus } = await catalogue
  const source = memory ?? new SourceCatalogue(central, { distributorId, baseLabel: rules.strategy.baseLabel })
  const isExpected = isFirst(attempt) && !memory?.mayRepeat
  const pages = isExpected ? new EarlyPages(source, rules, snapshot) : new PagesInTime(source, rules)
  return { rules, memory, snapshot, repeatedSkus, pages }
}

async function isStillSo(
  { central }: SourceDependencies,
  { distributorId }: RunAttempt,
  { rules, memory }: Basis,
): Promise<boolean> {
  const [now, isUnmoved] = await Promise.all([rulesOf(central, distributorId), memory?.isUnmoved?.()])
  return isUnmoved === true && isDeepStrictEqual(now, rules)
}

async function readBasis(
  { central, memory }: SourceDependencies,
  { companyId, distributorId }: Pick<RunAttempt, 'companyId' | 'distributorId'>,
): Promise<Basis> {
  const recalling = memory?.begin(central)
  const rules = await rulesOf(central, distributorId)
  const recollection = await recalling?.recall({ companyId, distributorId, rules })
  // Behind it: a product that came in before is in its revision, so it must be in the copy.
  const catalogue = readCatalogue(central, distributorId)
  catalogue.catch(() => undefined)
  return { rules, memory: recollection, catalogue }
}

async function readCatalogue(central: CentralDatabase, distributorId: string) {
  const [snapshot, repeatedSkus] = await Promise.all([
    readSnapshot(central, distributorId),
    readRepeatedSkus(central, distributorId),
  ])
  return { snapshot, repeatedSkus }
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
