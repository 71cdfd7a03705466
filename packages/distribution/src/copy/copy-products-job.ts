import { setImmediate as nextTurn } from 'node:timers/promises'
import { defineJob, type JobContext, type JobDefinition, LeaseLostError } from '@surtidor/queue'
import type { Logger } from 'pino'
import { type PriceStrategy, standardStrategy } from '../catalog/price-strategy.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import { provisionStore } from '../tenancy/provision-store.ts'
import type { StoreDatabase, StoreDatabases } from '../tenancy/store-databases.ts'
import { type CopyRequest, copyJobName, copyRequestSchema } from './copy-request.ts'
import { claimReceipt, closeReceipt, type Receipt, sumOf } from './receipt.ts'
import {
  failRun,
  finishRun,
  firstLine,
  mirrorCounts,
  type RunAttempt,
  recordError,
  startAttempt,
} from './run-attempts.ts'
import { countActive, readSnapshot, readSourcePage } from './source-page.ts'
import { pageSize, writePage } from './write-page.ts'

export type { CopyRequest } from './copy-request.ts'

export interface CopyDependencies {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
  readonly log: Pick<Logger, 'info' | 'error'>
}

/**
 * The job that stocks a store: every active product of the distributor, in pages, each with its checkpoint. It may be
 * delivered more than once, killed at any moment and overtaken by another worker: the store ends up the same.
 */
export function copyProductsToClientJob(deps: CopyDependencies): JobDefinition<CopyRequest> {
  return defineJob(
    copyJobName,
    {
      schema: copyRequestSchema,
      // Claims of killed workers count as tries.
      tries: 50,
      timeout: 3600,
      backoff: [5, 15, 60],
      onFailed: (_data, error, job) => onFailed(deps, error, job.uuid),
    },
    (request, context) => copyProducts(deps, request, context),
  )
}

/** One attempt, from the claim of the run to its end. */
export async function copyProducts(deps: CopyDependencies, request: CopyRequest, context: CopyContext): Promise<void> {
  const attempt = await startAttempt(deps.central, request, context.uuid)
  if (!attempt) return
  try {
    await using store = await provisionStore(deps, attempt.storeTenantId)
    await copyInto(store, { deps, attempt, context })
  } catch (error) {
    if (!(error instanceof LeaseLostError)) await recordError(deps.central, attempt, error)
    throw error
  }
}

/** What of the queue's context the copy uses. */
export type CopyContext = Pick<JobContext, 'uuid' | 'signal' | 'renew'>

interface Work {
  readonly deps: CopyDependencies
  readonly attempt: RunAttempt
  readonly context: CopyContext
}

async function copyInto(store: StoreDatabase, work: Work): Promise<void> {
  const { deps, attempt } = work
  let receipt = await claimReceipt(store, attempt, await readSnapshot(deps.central, attempt.distributorId))
  await mirrorCounts(deps.central, attempt, receipt)
  report(work, { event: 'started', receipt, text: `empieza: ${receipt.total} productos` })
  if (receipt.status === 'running') receipt = await copyPages(store, work, receipt)
  const activeNow = await countActive(deps.central, attempt.distributorId, receipt.max_source_id)
  receipt = await closeReceipt(store, attempt, activeNow)
  const { state, error } = await finishRun(deps.central, attempt, receipt)
  const text = `terminó: ${sumOf(receipt)} de ${receipt.total} productos`
  report(work, { event: 'finished', receipt, text, facts: { state, ...(error && { error }) } })
}

async function copyPages(store: StoreDatabase, work: Work, claimed: Receipt): Promise<Receipt> {
  const { deps, attempt, context } = work
  let receipt = claimed
  for (;;) {
    const products = await readSourcePage(deps.central, rangeAfter(receipt, attempt))
    if (products.length === 0) return receipt
    const page = { afterId: receipt.cursor_id, products }
    receipt = await writePage(store, { claim: attempt, strategy }, page)
    await mirrorCounts(deps.central, attempt, receipt)
    const text = `página ${receipt.pages}: ${sumOf(receipt)} de ${receipt.total} productos`
    report(work, { event: 'page', receipt, text, facts: { page: receipt.pages } })
    await context.renew()
    // The database answers on this thread: without this, timers and signals would wait for the whole copy.
    await nextTurn()
    context.signal.throwIfAborted()
  }
}

const strategy: PriceStrategy = standardStrategy

function rangeAfter(receipt: Receipt, { distributorId }: RunAttempt) {
  const { cursor_id: afterId, max_source_id: maxId } = receipt
  return { distributorId, afterId, maxId, limit: pageSize }
}

interface Report {
  readonly event: 'started' | 'page' | 'finished'
  readonly receipt: Receipt
  readonly text: string
  readonly facts?: Readonly<Record<string, unknown>>
}

function report({ deps, attempt }: Work, { event, receipt, text, facts }: Report): void {
  const { total, copied, updated, unchanged, skipped, errors } = receipt
  const counts = { total, copied, updated, unchanged, skipped, errors }
  const { runId: run, companyId: company } = attempt
  deps.log.info({ job: copyJobName, event, run, company, ...facts, ...counts }, `${copyJobName} ${text}`)
}

async function onFailed(deps: CopyDependencies, error: unknown, jobUuid: string): Promise<void> {
  const run = await failRun(deps.central, jobUuid, error)
  const facts = { run: run?.id ?? null, company: run?.companyId ?? null, uuid: jobUuid, error: firstLine(error) }
  deps.log.error({ job: copyJobName, event: 'failed', ...facts }, `${copyJobName} falló: ${facts.error}`)
}
