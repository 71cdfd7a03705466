import { randomUUID } from 'node:crypto'
import type { JobDefinition, Transaction as JobTransaction, Queue } from '@surtidor/queue'
import { transact } from '@surtidor/queue/kysely'
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import { findStoreUser } from '../../companies/find-store-user.ts'
import type { CentralTables } from '../../database/central-tables.ts'
import { againAfterCollision } from '../../database/collision.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import { insertId, locking, now } from '../../database/sql.ts'
import { ApplicationError } from '../../errors.ts'
import type { WakeSender } from '../../notifications/deliver-notifications-job.ts'
import type { StoreDatabases } from '../../tenancy/store-databases.ts'
import { ensureStoreTenant } from '../../tenancy/store-tenants.ts'
import type { CopyRequest } from '../copy-request.ts'
import { type DispatchDependencies, dispatchRun } from './dispatch-run.ts'
import { onRunEnded } from './run-ended.ts'
import { isAtWork, type RunState, statesBefore } from './run-state.ts'

/** One copy of the catalogue into one store, as far as it has come. */
export interface RunProgress {
  readonly id: number
  readonly companyId: number
  readonly state: RunState
  /** Products to copy; null until the copy has started. */
  readonly total: number | null
  /** The sum of the five counts. */
  readonly processed: number
  readonly copied: number
  readonly updated: number
  readonly unchanged: number
  readonly skipped: number
  readonly errors: number
  /** Why the last attempt ended, when it failed. */
  readonly error: string | null
  readonly jobUuid: string
  /** Moments are UTC, `YYYY-MM-DD HH:MM:SS`. */
  readonly createdAt: string
  readonly startedAt: string | null
  readonly finishedAt: string | null
}

export async function findRun(central: CentralDatabase, id: number): Promise<RunProgress | undefined> {
  return progressOrNone(await selectRuns(central).where('id', '=', id).executeTakeFirst())
}

export async function latestRun(central: CentralDatabase, companyId: number): Promise<RunProgress | undefined> {
  const query = selectRuns(central).where('company_id', '=', companyId).orderBy('id', 'desc').limit(1)
  return progressOrNone(await query.executeTakeFirst())
}

/** Newest first. */
export async function listRuns(
  central: CentralDatabase,
  page: { readonly limit: number },
): Promise<readonly RunProgress[]> {
  const rows = await selectRuns(central).orderBy('id', 'desc').limit(page.limit).execute()
  return rows.map(progressOf)
}

export interface RunDependencies {
  readonly central: CentralDatabase
  readonly stores: Pick<StoreDatabases, 'newName'>
  readonly queue: Queue
  readonly copyProducts: JobDefinition<CopyRequest>
  readonly log?: Pick<Logger, 'info'> | undefined
  /** Has somebody send what a registration wrote into the outbox. */
  readonly wakeSender?: WakeSender | undefined
}

/**
 * A new copy for a store that exists; while one is waiting, running or paused, that one and no second job. Throws
 * `UnknownStoreError`, and `StoreWithoutUserError` for a client that is no store yet: its user brings the first copy.
 */
export async function startRun(deps: RunDependencies, companyId: number): Promise<RunProgress> {
  return againAfterCollision(() =>
    transact(deps.central, async (trx, tx) => {
      const company = await findCompany(trx, companyId)
      if (!company) throw new UnknownStoreError(companyId)
      if (!(await isStore(trx, companyId))) throw new StoreWithoutUserError(company)
      const storeTenantId = await ensureStoreTenant({ trx, stores: deps.stores }, company)
      return ensureRun(deps, { trx, tx }, { companyId, distributorId: company.tenantId, storeTenantId })
    }),
  )
}

async function isStore(trx: Transaction<CentralTables>, companyId: number): Promise<boolean> {
  const query = selectRuns(trx).where('company_id', '=', companyId).limit(1)
  return (await query.executeTakeFirst()) !== undefined || (await findStoreUser(trx, companyId)) !== undefined
}

interface Writing {
  readonly trx: Transaction<CentralTables>
  readonly tx: JobTransaction
}

/**
 * The active run of a store, or a new one, in the caller's transaction. One at work whose job is gone from the queue
 * (cleared, or failed in the instant its worker died) has failed, and does not block the store.
 */
export async function ensureRun(
  deps: DispatchDependencies,
  writing: Writing,
  store: Omit<NewRun, 'jobUuid'>,
): Promise<RunProgress> {
  const active = await activeRun(writing.trx, store.companyId)
  if (active && (!isAtWork(active.state) || (await deps.queue.isQueued(active.jobUuid)))) return active
  if (active) {
    await abandonRun(writing.trx, active.id)
    await deps.wakeSender?.(writing.tx)
  }
  return enqueueRun(deps, writing, store)
}

/** Writes a run and its job in the caller's transaction; the log hears of it after the commit. */
export async function enqueueRun(
  deps: DispatchDependencies,
  { trx, tx }: Writing,
  store: Omit<NewRun, 'jobUuid'>,
): Promise<RunProgress> {
  const run = await insertRun(trx, { ...store, jobUuid: randomUUID() })
  await dispatchRun(deps, tx, { ...run, distributorId: store.distributorId })
  return run
}

async function abandonRun(trx: Transaction<CentralTables>, runId: number): Promise<void> {
  const result = await trx
    .updateTable('copy_runs')
    .set({
      state: 'failed',
      error: 'Su trabajo ya no está en la cola.',
      finished_at: now,
      updated_at: now,
    })
    .where('id', '=', runId)
    .where('state', 'in', statesBefore('failed'))
    .executeTakeFirstOrThrow()
  if (result.numUpdatedRows === 1n) await onRunEnded(trx, runId, 'failed')
}

export interface NewRun {
  readonly companyId: number
  readonly distributorId: string
  readonly storeTenantId: string
  readonly jobUuid: string
}

/** Writes the run of a job; the caller dispatches the job in the same transaction. */
export async function insertRun(trx: Transaction<CentralTables>, run: NewRun): Promise<RunProgress> {
  const id = await insertId(trx, 'copy_runs', {
    company_id: run.companyId,
    tenant_id: run.distributorId,
    store_tenant_id: run.storeTenantId,
    job_uuid: run.jobUuid,
    total: null,
    error: null,
    started_at: null,
    finished_at: null,
  })
  return progressOf(await selectRuns(trx).where('id', '=', id).executeTakeFirstOrThrow())
}

export async function activeRun(trx: Transaction<CentralTables>, companyId: number): Promise<RunProgress | undefined> {
  return progressOrNone(await selectRuns(trx).where('active_company_id', '=', companyId).executeTakeFirst())
}

/** The run, which nobody else moves before the transaction ends. Throws `UnknownRunError`. */
export async function lockRun(trx: Transaction<CentralTables>, id: number): Promise<RunProgress> {
  const run = await selectRuns(trx).where('id', '=', id).$call(locking(trx)).executeTakeFirst()
  if (!run) throw new UnknownRunError(id)
  return progressOf(run)
}

export async function runOfJob(trx: Transaction<CentralTables>, jobUuid: string): Promise<RunProgress | undefined> {
  return progressOrNone(await selectRuns(trx).where('job_uuid', '=', jobUuid).executeTakeFirst())
}

export interface Company {
  readonly companyId: number
  /** The distributor. */
  readonly tenantId: string
  readonly name: string
  readonly email: string | null
}

export async function findCompany(db: Kysely<CentralTables>, companyId: number): Promise<Company | undefined> {
  return db
    .selectFrom('vnt_companies')
    .select(['id as companyId', 'tenant_id as tenantId', 'businessName as name', 'billingEmail as email'])
    .where('id', '=', companyId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

export class UnknownStoreError extends ApplicationError {
  readonly code = 'UNKNOWN_STORE'

  constructor(companyId: number) {
    super({
      es: `No existe la tienda ${companyId}. Vea las que hay en la página de tiendas.`,
      en: `There is no store ${companyId}. See those that exist on the page of stores.`,
    })
  }
}

export class StoreWithoutUserError extends ApplicationError {
  readonly code = 'STORE_WITHOUT_USER'

  constructor({ companyId, name }: Company) {
    super({
      es: `${name} (${companyId}) todavía no tiene usuario, y sin él no hay catálogo. Créelo en la página de la tienda.`,
      en: `${name} (${companyId}) has no user yet, and without one no catalogue. Create it on the page of the store.`,
    })
  }
}

export class UnknownRunError extends ApplicationError {
  readonly code = 'UNKNOWN_RUN'

  constructor(runId: number) {
    super({
      es: `No existe la copia ${runId}. Vea las últimas con «copy:status».`,
      en: `There is no copy ${runId}. See the latest ones with "copy:status".`,
    })
  }
}

type RunRow = Omit<RunProgress, 'processed'>

function selectRuns(db: Kysely<CentralTables>) {
  return db
    .selectFrom('copy_runs')
    .select(['id', 'company_id as companyId', 'state', 'total', 'copied', 'updated', 'unchanged', 'skipped', 'errors'])
    .select(['error', 'job_uuid as jobUuid', 'created_at as createdAt'])
    .select(['started_at as startedAt', 'finished_at as finishedAt'])
}

function progressOrNone(row: RunRow | undefined): RunProgress | undefined {
  return row && progressOf(row)
}

/** Adds up what a row of `copy_runs` holds. */
export function progressOf(row: RunRow): RunProgress {
  return { ...row, processed: row.copied + row.updated + row.unchanged + row.skipped + row.errors }
}
