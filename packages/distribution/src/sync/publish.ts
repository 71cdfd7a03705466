import type { Transaction } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import { insertId, isDuplicate } from '../database/sql.ts'
import { ApplicationError } from '../errors.ts'
import { listPublishedStores, type PublishedStore } from './batch-stores.ts'
import { type BatchProgress, findActiveBatch, readBatch } from './batches.ts'
import { type BatchDependencies, continueBatch } from './continue-batches.ts'

export interface Publication {
  readonly distributorId: string
  /** Of the preview that somebody has seen. */
  readonly revision: string
}

/**
 * Makes one batch of all stores of the distributor that take part, and dispatches the first of its copies. Somebody who asks
 * twice for the same gets the same batch. Throws `BatchActiveError` while a batch with another catalogue is under way, and
 * `NothingToPublishError` when no store takes part.
 */
export async function publish(
  deps: BatchDependencies,
  { distributorId, revision }: Publication,
): Promise<BatchProgress> {
  const id = await createBatch(deps, { distributorId, revision })
  await continueBatch(deps, distributorId)
  return readBatch(deps.central, id)
}

async function createBatch({ central }: BatchDependencies, publication: Publication): Promise<number> {
  try {
    return await central.transaction().execute((trx) => writeBatch(trx, publication))
  } catch (error) {
    // Somebody else publishes in the same instant.
    if (!isDuplicate(error)) throw error
    return await central.transaction().execute((trx) => writeBatch(trx, publication))
  }
}

async function writeBatch(trx: Transaction<CentralTables>, publication: Publication): Promise<number> {
  const { distributorId, revision } = publication
  const active = await findActiveBatch(trx, distributorId)
  if (active?.revision === revision) return active.id
  if (active) throw new BatchActiveError(active.id)
  const stores = await listPublishedStores(trx, distributorId)
  if (stores.length === 0) throw new NothingToPublishError()
  const id = await insertId(trx, 'sync_batches', { tenant_id: distributorId, revision, finished_at: null })
  for (let first = 0; first < stores.length; first += rowsAtOnce)
    await writeStores(trx, id, stores.slice(first, first + rowsAtOnce))
  return id
}

const rowsAtOnce = 1_000

async function writeStores(
  trx: Transaction<CentralTables>,
  batchId: number,
  stores: readonly PublishedStore[],
): Promise<void> {
  const rows = stores.map(({ companyId, storeTenantId }) => ({
    batch_id: batchId,
    company_id: companyId,
    store_tenant_id: storeTenantId,
    run_id: null,
  }))
  await trx.insertInto('sync_batch_stores').values(rows).execute()
}

/** One publication at a time: what a store gets must not depend on which of two was faster. */
export class BatchActiveError extends ApplicationError {
  readonly code = 'BATCH_ACTIVE'
  readonly batchId: number

  constructor(batchId: number) {
    super({
      es: `La publicación ${batchId} no ha terminado y el catálogo cambió después. Espere a que termine («sync:status ${batchId}»), o cancélela con «sync:cancel ${batchId}» y publique de nuevo.`,
      en: `Publication ${batchId} has not ended, and the catalogue has changed since. Wait for its end ("sync:status ${batchId}"), or cancel it with "sync:cancel ${batchId}" and publish again.`,
    })
    this.batchId = batchId
  }
}

export class NothingToPublishError extends ApplicationError {
  readonly code = 'NOTHING_TO_PUBLISH'

  constructor() {
    super({
      es: 'Ninguna tienda recibe publicaciones: no hay tiendas con catálogo, o todas están excluidas. Registre una con «store:create».',
      en: 'No store takes part in publications: there are none with a catalogue, or all are left out. Register one with "store:create".',
    })
  }
}
