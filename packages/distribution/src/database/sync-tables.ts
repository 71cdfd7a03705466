import type { Generated } from 'kysely'

/** The tables of publications to stores; the room is `sync/`. Moments are UTC texts, flags are 0 or 1. */
export interface SyncTables {
  sync_batches: SyncBatchesTable
  sync_batch_stores: SyncBatchStoresTable
  sync_settings: SyncSettingsTable
  sync_marks: SyncMarksTable
  catalogue_revisions: CatalogueRevisionsTable
}

export const batchStates = ['running', 'paused', 'completed', 'completed_with_errors', 'cancelled'] as const
export type BatchState = (typeof batchStates)[number]

/** One publication of a distributor's catalogue to its stores. */
export interface SyncBatchesTable {
  id: Generated<number>
  /** The distributor. */
  tenant_id: string
  state: Generated<BatchState>
  /** Of the catalogue and the rules when the batch was made. */
  revision: string
  /** Generated: the distributor while the batch is running or paused. Unique, so a distributor has one active batch. */
  active_tenant_id: Generated<string | null>
  finished_at: string | null
  created_at: Generated<string>
  updated_at: Generated<string>
}

/** A store of a batch. How its copy goes is in `copy_runs`; here is only what no run can tell. Key: (batch_id, company_id). */
export interface SyncBatchStoresTable {
  batch_id: number
  company_id: number
  store_tenant_id: string
  /** `waiting` until its run is dispatched; `cancelled` when somebody took it out before that. */
  state: Generated<'waiting' | 'dispatched' | 'cancelled'>
  /** Unique; null until it is dispatched. */
  run_id: number | null
}

/** What a tenant has decided about publications; one without a row has decided nothing. */
export interface SyncSettingsTable {
  tenant_id: string
  /** Of a distributor: how many runs of its batch may be in the queue or at work. */
  concurrency: Generated<number>
  /** Of a store: 0 leaves it out of publications. */
  is_enabled: Generated<number>
  /** Of a distributor: 1 publishes its catalogue when that has come to rest. */
  is_automatic: Generated<number | null>
  /** Of such a distributor: the catalogue and the rules at the last look. */
  seen_revision: Generated<string | null>
  /** Since when they are that. */
  seen_at: Generated<string | null>
}

/** How things stood when the last complete copy of a store had ended. */
export interface SyncMarksTable {
  company_id: number
  run_id: number
  catalogue_revision: string
  rules_revision: string
  store_revision: string
  updated_at: Generated<string>
}

/** Changes of catalogues, as triggers count them. Key: (tenant_id, day, connection_id); what it is for: `sync/revision/`. */
export interface CatalogueRevisionsTable {
  /** Empty for what all distributors read. */
  tenant_id: string
  /** Since 1970, UTC; 0 for what was folded. */
  day: number
  connection_id: number
  changes: number
}
