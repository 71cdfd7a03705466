import { LeaseLostError, PermanentError, QueueError } from '@surtidor/queue'
import { errorText } from '@surtidor/queue/commands'
import type { Transaction } from 'kysely'
import type { CentralTables } from '../../database/central-tables.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import { locking, now } from '../../database/sql.ts'
import { ApplicationError } from '../../errors.ts'
import type { Text } from '../../i18n/locale.ts'
import type { StoreDatabases } from '../../tenancy/store-databases.ts'
import { isOfStore } from '../../tenancy/store-errors.ts'
import { storeProblem } from '../../tenancy/store-problem.ts'
import { ensureStoreTenant } from '../../tenancy/store-tenants.ts'
import { type CopyRequest, copyJobName } from '../copy-request.ts'
import { type Claim, type Receipt, sumOf } from '../pages/receipt.ts'
import { onRunEnded } from './run-ended.ts'
import { canMove, type EndState, endStateOf, statesBefore } from './run-state.ts'
import { refusalOf } from './run-stop.ts'
import { activeRun, type Company, findCompany, insertRun, type RunProgress, runOfJob } from './runs.ts'

/** One attempt of a run: what it may write is decided by its epoch. */
export interface RunAttempt extends Claim {
  readonly distributorId: string
  readonly storeTenantId: string
}

export interface AttemptDependencies {
  readonly central: CentralDatabase
  readonly stores: Pick<StoreDatabases, 'newName'>
}

/**
 * Finds the run that a job carries and starts the next attempt of it. A job that was made by hand brings no run: it
 * takes over the store's active one, or gets a new one. Answers undefined when there is nothing to do: the run has
 * ended well, is paused or cancelled, has another job since it was resumed, or failed and the store has a newer one at work.
 */
export async function startAttempt(
  { central, stores }: AttemptDependencies,
  request: CopyRequest,
  jobUuid: string,
): Promise<RunAttempt | undefined> {
  return central.transaction().execute(async (trx) => {
    const company = await checkedCompany(trx, request)
    const run = await findRunFor({ trx, stores }, company, { jobUuid, runId: request.runId })
    if (!run || (run.state !== 'running' && !canMove(run.state, 'running'))) return undefined
    const result = await trx
      .updateTable('copy_runs')
      .set((eb) => ({
        state: 'running',
        epoch: eb('epoch', '+', 1),
        exceptions: run.state === 'failed' ? 0 : eb.ref('exceptions'),
        job_uuid: jobUuid,
        error: null,
        started_at: eb.fn.coalesce('started_at', now),
        finished_at: null,
        updated_at: now,
      }))
      .where('id', '=', run.id)
      // Somebody may have paused or resumed it since it was read.
      .where('job_uuid', '=', run.jobUuid)
      .where('state', 'in', ['running', ...statesBefore('running')])
      .executeTakeFirstOrThrow()
    return result.numUpdatedRows === 1n ? readAttempt(trx, run.id) : undefined
  })
}

/**
 * Copies the counts of the receipt; safe to run twice. Throws `RunStoppedError` when the run was paused or cancelled, and
 * `LeaseLostError` when this attempt was overtaken.
 */
export async function mirrorCounts(central: CentralDatabase, attempt: RunAttempt, receipt: Receipt): Promise<void> {
  await central.transaction().execute((trx) => update(trx, attempt, countsOf(receipt)))
}

/** The same at the end of an attempt, also when its run was stopped; says nothing when it was overtaken. */
export async function mirrorLastCounts(central: CentralDatabase, attempt: RunAttempt, receipt: Receipt): Promise<void> {
  await central
    .transaction()
    .execute((trx) =>
      trx
        .updateTable('copy_runs')
        .set(countsOf(receipt))
        .where('id', '=', attempt.runId)
        .where('epoch', '=', attempt.epoch)
        .where('state', 'not in', ['completed', 'completed_with_errors'])
        .execute(),
    )
}

/** The run ends well only when every product has an outcome and none is an error. */
export async function finishRun(central: CentralDatabase, attempt: RunAttempt, receipt: Receipt): Promise<FinishedRun> {
  const state = endStateOf(receipt, receipt.total)
  const error = state === 'failed' ? allFailed(receipt) : mismatchOf(receipt)
  await central.transaction().execute(async (trx) => {
    await update(trx, attempt, { ...countsOf(receipt), state, error, finished_at: now })
    await onRunEnded(trx, attempt.runId, state)
  })
  return { state, error }
}

export interface FinishedRun {
  readonly state: EndState
  readonly error: string | null
}

/**
 * Notes why this attempt ended, and answers how many have thrown by now. Says nothing when the attempt was overtaken:
 * 0 then.
 */
export async function recordError(
  central: CentralDatabase,
  attempt: RunAttempt,
  { error, isOwn }: { readonly error: unknown; readonly isOwn: boolean },
): Promise<number> {
  return central.transaction().execute(async (trx) => {
    const current = await trx
      .selectFrom('copy_runs')
      .select('exceptions')
      .where('id', '=', attempt.runId)
      .where('epoch', '=', attempt.epoch)
      .where('state', '=', 'running')
      .$call(locking(trx))
      .executeTakeFirst()
    if (!current) return 0
    const exceptions = current.exceptions + (isOwn ? 1 : 0)
    await trx
      .updateTable('copy_runs')
      .set({ error: firstLine(error), exceptions, updated_at: now })
      .where('id', '=', attempt.runId)
      .execute()
    return exceptions
  })
}

/** The job is in `failed_jobs`: its run has failed, unless it ended before or another job has taken it over. */
export async function failRun(
  central: CentralDatabase,
  jobUuid: string,
  error: unknown,
): Promise<RunProgress | undefined> {
  return central.transaction().execute(async (trx) => {
    const result = await trx
      .updateTable('copy_runs')
      .set({
        state: 'failed',
        error: firstLine(error),
        finished_at: now,
        updated_at: now,
      })
      .where('job_uuid', '=', jobUuid)
      .where('state', 'in', statesBefore('failed'))
      .executeTakeFirstOrThrow()
    const run = await runOfJob(trx, jobUuid)
    if (run && result.numUpdatedRows === 1n) await onRunEnded(trx, run.id, 'failed')
    return run
  })
}

/** In Spanish, the language of the installation's first users, where we have it. At most 500 characters. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? sentenceOf(error).es : String(error)
  return (text.split('\n')[0] ?? '').slice(0, 500) || 'Error'
}

function sentenceOf(error: Error): Text {
  if (error instanceof ApplicationError) return error.text
  const known = isOfStore(error) ? storeProblem(error) : undefined
  if (known) return known
  return error instanceof QueueError ? errorText(error) : { es: error.message, en: error.message }
}

async function checkedCompany(trx: Transaction<CentralTables>, request: CopyRequest): Promise<Company> {
  const company = await findCompany(trx, request.companyId)
  if (!company) {
    throw new PermanentError(
      `No existe la empresa ${request.companyId}. Registre primero la tienda y pida la copia después.`,
    )
  }
  if (request.tenantId && request.tenantId !== company.tenantId) {
    throw new PermanentError(
      `La empresa ${request.companyId} no es cliente de la distribuidora ${request.tenantId}. Pida la copia con la suya, o sin ninguna.`,
    )
  }
  return company
}

type Opened = Pick<AttemptDependencies, 'stores'> & { readonly trx: Transaction<CentralTables> }

interface Carried {
  readonly jobUuid: string
  /** Undefined for a job that was made by hand. */
  readonly runId: number | undefined
}

async function findRunFor(
  opened: Opened,
  company: Company,
  { jobUuid, runId }: Carried,
): Promise<RunProgress | undefined> {
  const { trx } = opened
  const own = await runOfJob(trx, jobUuid)
  if (!own && runId !== undefined) return undefined
  if (!own) return (await activeRun(trx, company.companyId)) ?? (await newRun(opened, company, jobUuid))
  if (own.companyId !== company.companyId) {
    throw new PermanentError(
      `El trabajo ${jobUuid} lleva la copia de la empresa ${own.companyId}, y no la de ${company.companyId}.`,
    )
  }
  return own.state === 'failed' && (await activeRun(trx, company.companyId)) ? undefined : own
}

async function newRun({ trx, stores }: Opened, company: Company, jobUuid: string): Promise<RunProgress> {
  const storeTenantId = await ensureStoreTenant({ trx, stores }, company)
  return insertRun(trx, { companyId: company.companyId, distributorId: company.tenantId, storeTenantId, jobUuid })
}

async function readAttempt(trx: Transaction<CentralTables>, runId: number): Promise<RunAttempt> {
  return trx
    .selectFrom('copy_runs')
    .select(['id as runId', 'company_id as companyId', 'epoch'])
    .select(['tenant_id as distributorId', 'store_tenant_id as storeTenantId'])
    .where('id', '=', runId)
    .executeTakeFirstOrThrow()
}

function countsOf({ total, copied, updated, unchanged, skipped, errors }: Receipt) {
  return { total, copied, updated, unchanged, skipped, errors, updated_at: now }
}

function allFailed({ errors }: Receipt): string {
  return `Ninguno de los ${errors} productos se pudo copiar. Vea en el informe por qué, corríjalos y copie de nuevo.`
}

/** Null when the counts add up. */
function mismatchOf(receipt: Receipt): string | null {
  const seen = sumOf(receipt)
  if (seen === receipt.total) return null
  return `Las cuentas no suman: ${seen} de ${receipt.total} productos tienen resultado. Copie de nuevo para completar la tienda.`
}

interface RunChanges extends ReturnType<typeof countsOf> {
  readonly state?: EndState
  readonly error?: string | null
  readonly finished_at?: typeof now
}

async function update(trx: Transaction<CentralTables>, attempt: RunAttempt, changes: RunChanges): Promise<void> {
  const result = await trx
    .updateTable('copy_runs')
    .set(changes)
    .where('id', '=', attempt.runId)
    .where('epoch', '=', attempt.epoch)
    .where('state', '=', 'running')
    .executeTakeFirstOrThrow()
  if (result.numUpdatedRows !== 1n) throw (await refusalOf(trx, attempt)) ?? new LeaseLostError(copyJobName)
}
