import type { Kysely } from 'kysely'
import type { RunState } from '../copy/runs/run-state.ts'
import type { BatchState, CentralTables } from '../database/central-tables.ts'
import { ApplicationError } from '../errors.ts'

/** How a store of a batch stands: as its run does, or without one. */
export type BatchStoreState = RunState | 'waiting'

export interface BatchStore {
  readonly companyId: number
  readonly name: string
  readonly state: BatchStoreState
  /** Null until it is dispatched. */
  readonly runId: number | null
  /** Products to look at; null until the copy has begun. */
  readonly total: number | null
  /** Products that were looked at. */
  readonly processed: number
  /** Products that were written. */
  readonly written: number
  readonly errors: number
  readonly error: string | null
}

/** One publication as far as it has come, counted from its runs. Moments are UTC, `YYYY-MM-DD HH:MM:SS`. */
export interface BatchProgress {
  readonly id: number
  readonly distributorId: string
  readonly state: BatchState
  readonly revision: string
  readonly stores: readonly BatchStore[]
  /** Stores by their state; states that none has are missing. */
  readonly counts: Readonly<Partial<Record<BatchStoreState, number>>>
  /** Stores whose copy has ended in whatever way, or that were taken out. */
  readonly ended: number
  /** Whole percent of the work that is done, each store counting the same; 100 only when all have ended. */
  readonly percent: number
  readonly createdAt: string
  readonly finishedAt: string | null
}

/** Throws `UnknownBatchError`. */
export async function readBatch(db: Kysely<CentralTables>, id: number): Promise<BatchProgress> {
  const batch = await selectBatches(db).where('id', '=', id).executeTakeFirst()
  if (!batch) throw new UnknownBatchError(id)
  const stores = await readStores(db, id)
  const counts: Partial<Record<BatchStoreState, number>> = {}
  for (const { state } of stores) counts[state] = (counts[state] ?? 0) + 1
  return { ...batch, stores, counts, ended: stores.filter(hasEnded).length, percent: percentOf(stores) }
}

/** Newest first, without their stores; of all distributors, or of one. */
export function listBatches(
  db: Kysely<CentralTables>,
  { limit, distributorId }: { readonly limit: number; readonly distributorId?: string },
): Promise<readonly Batch[]> {
  return selectBatches(db)
    .$if(distributorId !== undefined, (query) => query.where('tenant_id', '=', distributorId ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** The batch of a distributor that is running or paused. */
export function findActiveBatch(db: Kysely<CentralTables>, distributorId: string): Promise<Batch | undefined> {
  return selectBatches(db).where('active_tenant_id', '=', distributorId).executeTakeFirst()
}

export interface Batch {
  readonly id: number
  readonly distributorId: string
  readonly state: BatchState
  readonly revision: string
  readonly createdAt: string
  readonly finishedAt: string | null
}

export class UnknownBatchError extends ApplicationError {
  readonly code = 'UNKNOWN_BATCH'

  constructor(id: number) {
    super({
      es: `No existe la publicación ${id}. Vea las últimas con «sync:status».`,
      en: `There is no publication ${id}. See the latest ones with "sync:status".`,
    })
  }
}

function selectBatches(db: Kysely<CentralTables>) {
  return db
    .selectFrom('sync_batches')
    .select(['id', 'tenant_id as distributorId', 'state', 'revision'])
    .select(['created_at as createdAt', 'finished_at as finishedAt'])
}

async function readStores(db: Kysely<CentralTables>, batchId: number): Promise<readonly BatchStore[]> {
  const rows = await db
    .selectFrom('sync_batch_stores as store')
    .innerJoin('vnt_companies as company', 'company.id', 'store.company_id')
    .leftJoin('copy_runs as run', 'run.id', 'store.run_id')
    .select(['store.company_id as companyId', 'company.businessName as name', 'store.state as ownState'])
    .select(['run.id as runId', 'run.state as runState', 'run.total', 'run.error'])
    .select(['run.copied', 'run.updated', 'run.unchanged', 'run.skipped', 'run.errors'])
    .where('store.batch_id', '=', batchId)
    .orderBy('store.company_id')
    .execute()
  return rows.map(({ companyId, name, ownState, runId, runState, total, error, ...counts }) => {
    const { copied = 0, updated = 0, unchanged = 0, skipped = 0, errors = 0 } = withoutNulls(counts)
    const written = copied + updated
    const processed = written + unchanged + skipped + errors
    const state = runState ?? (ownState === 'cancelled' ? 'cancelled' : 'waiting')
    return { companyId, name, state, runId, total, processed, written, errors, error }
  })
}

function withoutNulls<Key extends string>(
  counts: Readonly<Record<Key, number | null>>,
): Partial<Readonly<Record<Key, number>>> {
  const known = Object.entries<number | null>(counts).filter(([, count]) => count !== null)
  return Object.fromEntries(known) as Partial<Record<Key, number>>
}

const openStates: ReadonlySet<BatchStoreState> = new Set(['waiting', 'pending', 'running', 'paused'])

function hasEnded({ state }: BatchStore): boolean {
  return !openStates.has(state)
}

/** All stores of a distributor have much the same to do. */
function percentOf(stores: readonly BatchStore[]): number {
  const parts = stores.map((store) => (hasEnded(store) ? 1 : store.total ? store.processed / store.total : 0))
  if (parts.length === 0) return 100
  const done = parts.reduce((sum, part) => sum + part, 0) / parts.length
  return stores.every(hasEnded) ? 100 : Math.min(99, Math.floor(done * 100))
}
