import {
  DatabaseUnusableError,
  defineJob,
  type JobContext,
  type JobDefinition,
  LeaseLostError,
  PermanentError,
} from '@surtidor/queue'
import type { Logger } from 'pino'
import type { CentralDatabase } from '../database/open-central.ts'
import type { WakeSender } from '../notifications/deliver-notifications-job.ts'
import { UnreadableCredentialError } from '../tenancy/credential-seal.ts'
import { ForeignStoreDatabaseError } from '../tenancy/foreign-tables.ts'
import { StoreAhead } from '../tenancy/provision-store.ts'
import type { StoreDatabase, StoreDatabases } from '../tenancy/store-databases.ts'
import { InvalidDatabaseNameError } from '../tenancy/store-problem.ts'
import { StoreUserRefusedError } from '../tenancy/store-user-refused-error.ts'
import { type CopyRequest, copyJobName, copyRequestSchema } from './copy-request.ts'
import type { CopyMemory } from './pages/copy-memory.ts'
import { PagesOfAttempt } from './pages/copy-pages.ts'
import { type CopiedPages, claimReceipt, closeReceipt, type Receipt, reopenReceipt, sumOf } from './pages/receipt.ts'
import type { Refusals } from './pages/refused-products.ts'
import { repeatReceipt } from './pages/repeat-receipt.ts'
import { beginReading, type SourceBeginning, type SourceReading } from './pages/source-beginning.ts'
import { failRun, finishRun, firstLine, type RunAttempt, recordError, startAttempt } from './runs/run-attempts.ts'
import { RunMirror } from './runs/run-mirror.ts'
import { checkAtWork, isSuperseded, RunStoppedError } from './runs/run-stop.ts'

export type { CopyRequest } from './copy-request.ts'

export interface CopyDependencies {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
  readonly log: Pick<Logger, 'info' | 'error'>
  /** The worker renews the reservation by itself; a copy that does hears soon when another worker has its job. */
  readonly renewEveryMs?: number
  readonly memory?: CopyMemory | undefined
  /**
   * Hears, at least once, that a copy of the company's distributor came to an end, well or not, or that there was nothing left
   * to do: a job that dies before this is delivered again, unless it has failed.
   */
  readonly afterRun?: ((companyId: number) => Promise<void>) | undefined
  /** Has somebody send what the end of a run wrote into the outbox. */
  readonly wakeSender?: WakeSender | undefined
}

/**
 * The job that stocks a store: every active product of the distributor, in pages, each with its checkpoint. It may be
 * delivered more than once, killed at any moment and overtaken by another worker: the store ends up the same.
 */
export function copyProductsToClientJob(deps: CopyDependencies, name = copyJobName): JobDefinition<CopyRequest> {
  return defineJob(
    name,
    {
      schema: copyRequestSchema,
      // Claims of killed workers count as tries.
      tries: 50,
      timeout: 3600,
      backoff: [5, 15, 60],
      onFailed: (_data, error, job) => onFailed(deps, error, job.uuid),
    },
    async (request, context) => {
      await copyProducts(deps, request, context)
      await deps.afterRun?.(request.companyId)
      // A worker that dies before this leaves the job, which comes again, finds the run ended, and comes here.
      await deps.wakeSender?.()
    },
  )
}

/** One attempt, from the claim of the run to its end. When the run is paused or cancelled meanwhile, the job ends well. */
export async function copyProducts(deps: CopyDependencies, request: CopyRequest, context: CopyContext): Promise<void> {
  const { central } = deps
  const reading = beginReading(deps, request)
  using ahead = new StoreAhead(deps, request.companyId)
  const attempt = await startAttempt(deps, request, context.uuid)
  if (!attempt) return reportIdle(deps, request, context.uuid)
  try {
    const source = reading(attempt)
    // It may fail before the store is open.
    source.catch(() => undefined)
    await using store = await ahead.provision(attempt.storeTenantId)
    await copyInto(store, await source, { deps, attempt, context })
  } catch (error) {
    if (error instanceof RunStoppedError) return reportStopped(deps, attempt, error.state)
    if (error instanceof LeaseLostError) return await endOvertaken({ deps, attempt, context }, error)
    // Who was told to stop, or took too long, has not thrown.
    const isOwn = !context.signal.aborted
    const exceptions = await recordError(central, attempt, { error, isOwn })
    throw isOwn ? asLastWord(error, exceptions) : error
  }
}

/** With another job the run goes on without this one, which is done; else another worker has this very job. */
async function endOvertaken({ deps, attempt, context }: Work, error: LeaseLostError): Promise<void> {
  if (!(await isSuperseded(deps.central, attempt, context.uuid))) throw error
  reportStopped(deps, attempt, 'superseded')
}

/** The tries are for workers that were killed; a copy that throws again and again is somebody's business soon. */
const maxExceptions = 4

/** A store that cannot be opened stays so until somebody mends it: the job fails at once and waits to be retried. */
function asLastWord(error: unknown, exceptions: number): unknown {
  const isHopeless = error instanceof DatabaseUnusableError || hopeless.some((each) => error instanceof each)
  if (!isHopeless && exceptions < maxExceptions) return error
  return new PermanentError(firstLine(error), { cause: error })
}

const hopeless = [InvalidDatabaseNameError, ForeignStoreDatabaseError, StoreUserRefusedError, UnreadableCredentialError]

/** What of the queue's context the copy uses. */
export type CopyContext = Pick<JobContext, 'uuid' | 'signal' | 'renew'>

interface Work {
  readonly deps: CopyDependencies
  readonly attempt: RunAttempt
  readonly context: CopyContext
}

async function copyInto(store: StoreDatabase, reading: SourceReading, work: Work): Promise<void> {
  using mirror = new RunMirror(work.deps.central, work.attempt)
  try {
    await copyShown(store, work, { reading, mirror })
  } catch (error) {
    await mirror.showRest()
    throw error
  }
}

interface Shown {
  readonly reading: SourceReading
  readonly mirror: RunMirror
}

async function copyShown(store: StoreDatabase, work: Work, { reading, mirror }: Shown): Promise<void> {
  const { deps, attempt } = work
  const { central } = deps
  const { memory } = reading
  const [source, earlier] = await Promise.all([reading.beginning, memory?.unchangedSince(store)])
  let receipt = await claimReceipt(store, attempt, source.snapshot)
  // Behind the claim: an undo raises the epoch before it looks for a receipt. It may have taken a while to open the store.
  await checkAtWork(central, attempt)
  if (receipt.status === 'done') receipt = await reopenReceipt(store, attempt)
  mirror.show(receipt)
  report(work, { event: 'started', receipt, text: `empieza: ${receipt.total} productos` })
  // A receipt of an earlier attempt may end before what has come since.
  const isWhole = receipt.cursor_id === 0 && receipt.max_source_id >= source.snapshot.maxId
  const same = earlier !== undefined ? await repeatReceipt(store, attempt, earlier) : undefined
  if (same) mirror.note(same)
  const whole = same ? undefined : await copyPages(store, work, { receipt, source, isWhole, mirror })
  await mirror.settle()
  receipt = same ?? (await closeReceipt(store, attempt, whole))
  mirror.note(receipt)
  const { state, error } = await finishRun(central, attempt, receipt)
  const text = `terminó: ${sumOf(receipt)} de ${receipt.total} productos`
  report(work, { event: 'finished', receipt, text, facts: { state, ...(error && { error }) } })
  if (isWhole && !same && state === 'completed') await memory?.remember(store, attempt.runId)
}

interface Beginning {
  readonly receipt: Receipt
  readonly source: SourceBeginning
  readonly isWhole: boolean
  readonly mirror: RunMirror
}

async function copyPages(
  store: StoreDatabase,
  work: Work,
  { receipt, source, isWhole, mirror }: Beginning,
): Promise<CopiedPages> {
  const { central } = work.deps
  const onPage = afterEachPage(work, mirror)
  const { rules, repeatedSkus, pages, memory } = source
  const isCatalogueSame = async () => (await memory?.isCatalogueSame()) ?? false
  const { attempt } = work
  const onRefused = reportRefusals(work)
  const copy = { central, store, attempt, rules, repeatedSkus, pages, isWhole, isCatalogueSame, onPage, onRefused }
  return new PagesOfAttempt(copy, receipt).copyAll()
}

function afterEachPage(work: Work, mirror: RunMirror): (receipt: Receipt) => Promise<void> {
  const { context, deps } = work
  const { renewEveryMs = 1_000 } = deps
  let renewedAt = performance.now()
  return async (receipt) => {
    const text = `página ${receipt.pages}: ${sumOf(receipt)} de ${receipt.total} productos`
    report(work, { event: 'page', receipt, text, facts: { page: receipt.pages } })
    mirror.show(receipt)
    if (performance.now() - renewedAt >= renewEveryMs) {
      await context.renew()
      renewedAt = performance.now()
    }
    context.signal.throwIfAborted()
  }
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

/** All of them stand in the report, mostly for the same reason. */
const toldRefusals = 20

function reportRefusals({ deps, attempt }: Work): (refusals: Refusals) => void {
  const { runId: run, companyId: company } = attempt
  let left = toldRefusals
  return (refusals) => {
    for (const [product, refusal] of [...refusals].slice(0, left)) {
      const error = firstLine(refusal)
      const facts = { job: copyJobName, event: 'refused', run, company, product, error }
      deps.log.error(facts, `${copyJobName} no copió el producto ${product}: ${error}`)
    }
    left -= Math.min(left, refusals.size)
  }
}

function reportIdle({ log }: CopyDependencies, { companyId, runId }: CopyRequest, uuid: string): void {
  const facts = { job: copyJobName, event: 'idle', run: runId ?? null, company: companyId, uuid }
  log.info(facts, `${copyJobName} no tiene nada que hacer`)
}

function reportStopped({ log }: CopyDependencies, { runId, companyId }: RunAttempt, state: string): void {
  log.info({ job: copyJobName, event: 'stopped', run: runId, company: companyId, state }, `${copyJobName} se detuvo`)
}

async function onFailed(deps: CopyDependencies, error: unknown, jobUuid: string): Promise<void> {
  const run = await failRun(deps.central, jobUuid, error)
  const facts = { run: run?.id ?? null, company: run?.companyId ?? null, uuid: jobUuid, error: firstLine(error) }
  deps.log.error({ job: copyJobName, event: 'failed', ...facts }, `${copyJobName} falló: ${facts.error}`)
  if (run) await deps.afterRun?.(run.companyId)
  await deps.wakeSender?.()
}
