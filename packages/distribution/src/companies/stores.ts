import { progressOf, type RunProgress } from '../copy/runs/runs.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import { contains } from '../database/sql.ts'
import { findIdentificationType, type IdentificationType } from './identification.ts'

/** A client or supplier of a distributor, with its latest copy. */
export interface StoreSummary {
  readonly companyId: number
  /** Trade name. */
  readonly name: string
  readonly identification: string
  readonly type: IdentificationType
  /** Of a NIT; null for everything else. */
  readonly verificationDigit: number | null
  readonly email: string | null
  /** UTC, `YYYY-MM-DD HH:MM:SS`. */
  readonly createdAt: string
  readonly run: RunProgress | null
  /** False for a supplier: it never has a user nor a copy. */
  readonly isClient: boolean
}

export interface StorePage {
  readonly limit: number
  /** Only stores registered before this one. */
  readonly beforeId?: number | undefined
  /** Part of the name, the identification or the e-mail address. */
  readonly search?: string | undefined
}

/** As people write it: «NIT 900123456-8». */
export function documentOf({ type, identification, verificationDigit }: StoreSummary): string {
  return `${type} ${identification}${type === 'NIT' && verificationDigit !== null ? `-${verificationDigit}` : ''}`
}

/** Newest first. */
export async function listStores(central: CentralDatabase, page: StorePage): Promise<readonly StoreSummary[]> {
  let query = selectStores(central).orderBy('company.id', 'desc').limit(page.limit)
  const { beforeId, search } = page
  if (beforeId !== undefined) query = query.where('company.id', '<', beforeId)
  if (search) {
    const part = search.slice(0, maxSearch)
    query = query.where(({ or }) =>
      or([
        contains('company.businessName', part),
        contains('company.identification', storedForm(part)),
        contains('company.billingEmail', part),
      ]),
    )
  }
  return (await query.execute()).map(summaryOf)
}

export async function findStore(central: CentralDatabase, companyId: number): Promise<StoreSummary | undefined> {
  const row = await selectStores(central).where('company.id', '=', companyId).executeTakeFirst()
  return row && summaryOf(row)
}

const maxSearch = 100

/** Numbers are stored without dots and check digit, but people search for what the page shows or the card says. */
function storedForm(search: string): string {
  const match = /^(?:[a-z]{2,3} )?([\d.]+)(?:-\d)?$/i.exec(search)
  return match?.[1]?.replaceAll('.', '') || search
}

type StoreRow = Awaited<ReturnType<ReturnType<typeof selectStores>['executeTakeFirstOrThrow']>>

function selectStores(central: CentralDatabase) {
  return central
    .selectFrom('vnt_companies as company')
    .leftJoin('copy_runs as run', (join) =>
      join.on('run.id', '=', (eb) =>
        eb
          .selectFrom('copy_runs as each')
          .select(({ fn }) => fn.max('each.id').as('id'))
          .whereRef('each.company_id', '=', 'company.id'),
      ),
    )
    .where('company.deleted_at', 'is', null)
    .select(['company.id as companyId', 'company.businessName as name', 'company.identification', 'company.type'])
    .select([
      'company.typeIdentificationId as typeId',
      'company.verification_digit as verificationDigit',
      'company.billingEmail as email',
      'company.created_at as createdAt',
    ])
    .select(['run.id as runId', 'run.state', 'run.total', 'run.copied', 'run.updated', 'run.unchanged', 'run.skipped'])
    .select(['run.errors', 'run.error', 'run.job_uuid as jobUuid', 'run.created_at as runCreatedAt'])
    .select(['run.started_at as startedAt', 'run.finished_at as finishedAt'])
}

function summaryOf(row: StoreRow): StoreSummary {
  return {
    companyId: row.companyId,
    name: row.name,
    identification: row.identification,
    type: findIdentificationType(row.typeId),
    verificationDigit: row.verificationDigit,
    email: row.email,
    createdAt: row.createdAt,
    run: runOf(row),
    isClient: row.type === 'CLIENTE',
  }
}

function runOf(row: StoreRow): RunProgress | null {
  if (row.runId === null || row.state === null || row.jobUuid === null || row.runCreatedAt === null) return null
  return progressOf({
    id: row.runId,
    companyId: row.companyId,
    state: row.state,
    total: row.total,
    copied: row.copied ?? 0,
    updated: row.updated ?? 0,
    unchanged: row.unchanged ?? 0,
    skipped: row.skipped ?? 0,
    errors: row.errors ?? 0,
    error: row.error,
    jobUuid: row.jobUuid,
    createdAt: row.runCreatedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  })
}
