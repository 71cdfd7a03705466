import type { Context } from 'hono'
import { readId } from '../http/query-parameters.ts'
import type { HttpApp, Site } from '../http/site.ts'
import {
  BatchEndedError,
  BatchStoreEndedError,
  cancelBatch,
  cancelBatchStore,
  pauseBatch,
  resumeBatch,
  UnknownBatchStoreError,
} from './batch-actions.ts'
import { type BatchAction, batchActions } from './batch-buttons.ts'
import { batchListPage, batchPage } from './batch-pages.ts'
import { type BatchProgress, listBatches, readBatch, UnknownBatchError } from './batches.ts'

const shownBatches = 50

/** The publications of the distributor: how they go, and what stops them. */
export function addBatchRoutes(http: HttpApp, site: Site): void {
  http.get('/publicaciones', (c) => showBatches(c, site))
  http.get('/publicaciones/:id', (c) => showBatch(c, site))
  for (const action of batchActions) http.post(`/publicaciones/:id/${action}`, (c) => moveBatch(c, site, action))
  http.post('/publicaciones/:id/stores/:store/cancel', (c) => cancelStore(c, site))
}

async function showBatches(c: Context, site: Site): Promise<Response> {
  const distributorId = await site.distributorId()
  const batches = await listBatches(site.central, { limit: shownBatches, distributorId })
  return c.html(await site.render(batchListPage(batches, site.locale)))
}

async function showBatch(c: Context, site: Site): Promise<Response> {
  const batch = await ownBatch(c, site)
  if (!batch) return c.notFound()
  const afterId = readId(c.req.query('after')) ?? 0
  return c.html(await site.render(batchPage({ batch, afterId }, site.locale)))
}

/** Who comes too late for a move is shown how the publication stands now, like everybody else. */
async function moveBatch(c: Context, site: Site, action: BatchAction): Promise<Response> {
  const batch = await ownBatch(c, site)
  if (!batch) return c.notFound()
  await moves[action](site, batch.id).catch((error: unknown) => {
    if (!(error instanceof BatchEndedError)) throw error
  })
  site.log.info({ event: 'batch_moved', action, batch: batch.id }, 'publication moved from the page')
  return c.redirect(`/publicaciones/${batch.id}`, 303)
}

const moves: Readonly<Record<BatchAction, typeof pauseBatch>> = {
  pause: pauseBatch,
  resume: resumeBatch,
  cancel: cancelBatch,
}

async function cancelStore(c: Context, site: Site): Promise<Response> {
  const batch = await ownBatch(c, site)
  const companyId = readId(c.req.param('store'))
  if (!batch || !companyId) return c.notFound()
  try {
    await cancelBatchStore(site, batch.id, companyId)
  } catch (error) {
    if (error instanceof UnknownBatchStoreError) return c.notFound()
    if (!(error instanceof BatchStoreEndedError)) throw error
  }
  const facts = { event: 'batch_store_cancelled', batch: batch.id, company: companyId }
  site.log.info(facts, 'store taken out of a publication from the page')
  return c.redirect(`/publicaciones/${batch.id}`, 303)
}

/** The publication of the address, when it is of the distributor whose pages these are. */
async function ownBatch(c: Context, site: Site): Promise<BatchProgress | undefined> {
  const id = readId(c.req.param('id'))
  if (id === undefined) return undefined
  const batch = await readBatch(site.central, id).catch((error: unknown) => {
    if (error instanceof UnknownBatchError) return undefined
    throw error
  })
  return batch?.distributorId === (await site.distributorId()) ? batch : undefined
}
