import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LeaseLostError, PermanentError } from '@surtidor/queue'
import { sql } from 'kysely'
import { idleContext, TestBed } from '../../test/support/copy-test-bed.ts'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import { copyProducts } from './copy-products-job.ts'
import { standardRules } from './copy-rules.ts'
import { PagesInTime } from './pages/early-pages.ts'
import { type Claim, claimReceipt, closeReceipt } from './pages/receipt.ts'
import { SourceCatalogue } from './pages/source-page.ts'
import { PageWriter } from './pages/write-page.ts'
import type { SourceProduct } from './plan/plan.ts'
import { failRun, mirrorCounts, startAttempt } from './runs/run-attempts.ts'
import { startRun } from './runs/runs.ts'
import { listOutcomes } from './runs/store-products.ts'
import { verifyRun } from './verify/verify.ts'

test('a fresh store receives every active product, and the oracle agrees', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(2500)
  const store = await bed.register()

  await bed.copy(store)

  const run = await bed.run(store.runId)
  assert.equal(run.state, 'completed')
  assert.deepEqual([run.total, run.copied, run.processed], [2500, 2500, 2500])
  assert.ok(run.startedAt && run.finishedAt && run.error === null)
  assert.deepEqual(await verdict(bed, store), { checked: 2500, missing: 0, duplicated: 0, altered: 0 })
})

test('the whole way through the real queue ends with an empty queue and nothing failed', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(1100)
  const stores = [await bed.register(), await bed.register()]

  await bed.queue.worker({ stopWhenEmpty: true }).run()

  for (const store of stores) assert.equal((await bed.run(store.runId)).state, 'completed')
  assert.deepEqual(await bed.queue.jobs(), [])
  assert.equal(await bed.queue.countFailed(), 0)
})

test('each page leaves a line in the log that grep finds by the name of the job', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(1034)
  const store = await bed.register()

  await bed.copy(store)

  const lines = bed.logged.filter(({ job }) => job === 'CopyProductsToClientJob')
  assert.deepEqual(
    lines.map(({ event, msg }) => [event, msg]),
    [
      ['dispatched', 'CopyProductsToClientJob en cola'],
      ['started', 'CopyProductsToClientJob empieza: 1034 productos'],
      ['page', 'CopyProductsToClientJob página 1: 1000 de 1034 productos'],
      ['page', 'CopyProductsToClientJob página 2: 1034 de 1034 productos'],
      ['finished', 'CopyProductsToClientJob terminó: 1034 de 1034 productos'],
    ],
  )
  assert.ok(lines.every(({ run, company }) => run === store.runId && company === store.companyId))
})

test('a second run over an unchanged catalogue writes no product', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(1500)
  const first = await bed.register()
  await bed.copy(first)
  const before = await dump(bed, first.runId)

  const second = await startRun(bed, first.companyId)
  bed.statements.length = 0
  await bed.copy({ runId: second.id, companyId: first.companyId })

  const run = await bed.run(second.id)
  assert.deepEqual([run.state, run.unchanged, run.copied, run.updated], ['completed', 1500, 0, 0])
  assert.deepEqual(await dump(bed, first.runId), before)
  const writes = bed.statements.filter((statement) => /^insert into "tat_items"/.test(statement))
  assert.equal(writes.length, 1, 'only GENERICO is offered again')
})

test('a product that is deactivated behind a first copy is marked before that ends', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(5000)
  const store = await bed.register()
  const renew = async () => {
    await bed.central.updateTable('inv_items').set({ status: 0 }).where('id', '=', 3).execute()
  }

  await bed.copy(store, { renew })

  const marked = await withStore(bed, store.runId, (db) =>
    db.selectFrom('tat_items').select('item_father_id as id').where('source_state', '=', 'discontinued').execute(),
  )
  assert.deepEqual(
    marked.map(({ id }) => id),
    [3],
  )
})

test("a changed price, name, category and tax reach the store; its stock stays the store's own", async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(10)
  const first = await bed.register()
  await bed.copy(first)
  await withStore(bed, first.runId, (store) =>
    store.updateTable('tat_items').set({ stock: 12 }).where('item_father_id', '=', 3).execute(),
  )
  await bed.central.updateTable('inv_items').set({ name: 'Otro nombre' }).where('id', '=', 3).execute()
  await addPrice(bed, { itemId: 4, price: 7000 })
  await bed.central.updateTable('cnf_taxes').set({ percentage: 8 }).where('id', '=', 2).execute()
  await bed.central.updateTable('inv_categories').set({ name: 'Granos y harinas' }).where('id', '=', 1).execute()

  const second = await startRun(bed, first.companyId)
  await bed.copy({ runId: second.id, companyId: first.companyId })

  assert.ok((await bed.run(second.id)).updated > 2)
  assert.deepEqual(await verdict(bed, { runId: second.id, companyId: first.companyId }), exact(10))
  const rows = await withStore(bed, second.id, (store) =>
    store
      .selectFrom('tat_items')
      .select(['item_father_id as id', 'name', 'stock', 'cost', 'price'])
      .where('item_father_id', 'in', [3, 4])
      .execute(),
  )
  assert.deepEqual(
    rows.map((row) => ({ ...row })),
    [
      { id: 3, name: 'Otro nombre', stock: 12, cost: 1030, price: 1500 },
      { id: 4, name: 'Producto 4', stock: 0, cost: 7000, price: 10_000 },
    ],
  )
})

test('the latest price counts: by date, then by change, then by id; not deleted, and of every warehouse', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(1)
  await addPrice(bed, { itemId: 1, price: 100, date: '2020-01-01 00:00:00' })
  await addPrice(bed, { itemId: 1, price: 5000, date: '2030-01-01 00:00:00' })
  await addPrice(bed, { itemId: 1, price: 5100, date: '2030-01-01 00:00:00' })
  await addPrice(bed, { itemId: 1, price: 200, date: '2040-01-01 00:00:00', deletedAt: '2040-01-02 00:00:00' })
  await addPrice(bed, { itemId: 1, price: 300, date: '2041-01-01 00:00:00', warehouseId: 9 })
  const store = await bed.register()

  await bed.copy(store)

  const row = await withStore(bed, store.runId, (db) =>
    db.selectFrom('tat_items').select('cost').where('item_father_id', '=', 1).executeTakeFirst(),
  )
  assert.equal(row?.cost, 5100)
  assert.deepEqual(await verdict(bed, store), exact(1))
})

test('an attempt that stops in the middle goes on at its checkpoint, and every product is counted once', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(3200)
  const store = await bed.register()
  const stop = new AbortController()
  const stopAfterPage = async () => stop.abort(new Error('the worker is told to stop'))

  await assert.rejects(bed.copy(store, { signal: stop.signal, renew: stopAfterPage }), /told to stop/)
  const interrupted = await bed.run(store.runId)
  bed.logged.length = 0
  await bed.copy(store)

  assert.deepEqual([interrupted.state, interrupted.copied], ['running', 1000])
  assert.match(interrupted.error ?? '', /told to stop/)
  assert.equal(bed.logged[1]?.msg, 'CopyProductsToClientJob página 2: 2000 de 3200 productos')
  const run = await bed.run(store.runId)
  assert.deepEqual([run.state, run.copied, run.error], ['completed', 3200, null])
  assert.deepEqual(await verdict(bed, store), exact(3200))
})

test('a worker that was overtaken writes nothing: not a product, not a count, not an end', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(50)
  const store = await bed.register()
  const { jobUuid } = await bed.run(store.runId)
  const request = { companyId: store.companyId }
  await bed.copy(store, { renew: () => Promise.reject(new Error('stop here')) }).catch(() => undefined)
  const stale = await startAttempt(bed, request, jobUuid)
  const fresh = await startAttempt(bed, request, jobUuid)
  assert.ok(stale && fresh && fresh.epoch === stale.epoch + 1)
  await addPrice(bed, { itemId: 1, price: 90_000 })
  const products = await allOf(bed)
  await using db = await bed.store(store.runId)
  await claimReceipt(db, fresh, { maxId: 50, total: 50 })
  await db.updateTable('copy_receipts').set({ cursor_id: 0 }).execute()
  const before = await dump(bed, store.runId)
  const write = () => writeFirstPage(db, stale, products)

  await assert.rejects(write(), LeaseLostError)
  await assert.rejects(claimReceipt(db, stale, { maxId: 50, total: 50 }), LeaseLostError)
  await assert.rejects(closeReceipt(db, stale), LeaseLostError)
  const asLeft = { receipt: { ...(await receiptOf(db)), epoch: stale.epoch }, active: 50, isResumed: false }
  await assert.rejects(closeReceipt(db, stale, asLeft), LeaseLostError)
  await assert.rejects(mirrorCounts(bed.central, stale, await receiptOf(db)), LeaseLostError)
  assert.deepEqual(await dump(bed, store.runId), before)

  // The test has power: as soon as the receipt lets the old epoch in, the very same call changes rows.
  await db.updateTable('copy_receipts').set({ epoch: stale.epoch }).execute()
  await write()
  assert.notDeepEqual(await dump(bed, store.runId), before)
})

test('a page is never counted twice, even by the worker that holds the run', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(20)
  const store = await bed.register()
  await bed.copy(store, { renew: () => Promise.reject(new Error('stop here')) }).catch(() => undefined)
  const { jobUuid } = await bed.run(store.runId)
  const attempt = await startAttempt(bed, { companyId: store.companyId }, jobUuid)
  assert.ok(attempt)
  await using db = await bed.store(store.runId)
  await claimReceipt(db, attempt, { maxId: 20, total: 20 })
  const products = await allOf(bed)

  const again = writeFirstPage(db, attempt, products)

  await assert.rejects(again, LeaseLostError)
  assert.equal((await receiptOf(db)).copied, 20)
})

test('two workers with the same job at the same time leave one exact copy', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(3000)
  const store = await bed.register()

  const results = await Promise.allSettled([bed.copy(store), bed.copy(store), bed.copy(store)])

  assert.ok(results.some(({ status }) => status === 'fulfilled'))
  for (const result of results) if (result.status === 'rejected') assert.ok(result.reason instanceof LeaseLostError)
  const run = await bed.run(store.runId)
  assert.deepEqual([run.state, run.processed], ['completed', 3000])
  assert.deepEqual(await verdict(bed, store), exact(3000))
})

test('an attempt that goes on at its checkpoint reads only pages that it writes', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(1500)
  const store = await bed.register()
  const stop = async () => {
    throw new Error('stopped')
  }
  await assert.rejects(bed.copy(store, { renew: stop }), /stopped/)
  bed.statements.length = 0

  await bed.copy(store)

  const reads = bed.statements.filter((text) => text.includes('basePrice'))
  // The page that is left, which is so short that there is none behind it.
  assert.equal(reads.length, 1)
  assert.deepEqual(await verdict(bed, store), exact(1500))
})

test('a job that is delivered again after its run has ended does nothing', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(30)
  const store = await bed.register()
  await bed.copy(store)
  const before = await bed.run(store.runId)
  await addPrice(bed, { itemId: 1, price: 90_000 })

  await bed.copy(store)

  assert.deepEqual(await bed.run(store.runId), before)
  const row = await withStore(bed, store.runId, (db) =>
    db.selectFrom('tat_items').select('cost').where('item_father_id', '=', 1).executeTakeFirst(),
  )
  assert.equal(row?.cost, 1010)
})

test('products are skipped with a reason: a reserved SKU, and one that the store uses itself', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(5)
  const store = await bed.register()
  await bed.copy(store)
  await withStore(bed, store.runId, (db) =>
    db
      .insertInto('tat_items')
      .values({
        item_father_id: 0,
        company_id: store.companyId,
        sku: 'SKU-NUEVO',
        name: 'Propio',
        taxId: null,
        categoryId: null,
        img_path: null,
        cost: 1,
        price: 1,
        price_strategy: null,
        content_hash: null,
      })
      .execute(),
  )
  await addItem(bed, 'SKU-NUEVO')
  await addItem(bed, 'generico')

  const second = await startRun(bed, store.companyId)
  await bed.copy({ runId: second.id, companyId: store.companyId })

  const run = await bed.run(second.id)
  assert.deepEqual([run.state, run.total, run.skipped, run.unchanged], ['completed', 7, 2, 5])
  const outcomes = await withStore(bed, second.id, (db) => listOutcomes(db, { runId: second.id, limit: 10 }))
  assert.deepEqual(
    outcomes.map(({ sku, outcome, reason }) => [sku, outcome, reason]),
    [
      ['generico', 'skipped', 'reserved_sku'],
      ['SKU-NUEVO', 'skipped', 'sku_taken'],
    ],
  )
  assert.deepEqual(await verdict(bed, { runId: second.id, companyId: store.companyId }), exact(5))
})

test('a product that cannot be priced makes the run one with errors, and the others arrive', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(4)
  await addPrice(bed, { itemId: 2, price: -5 })
  const store = await bed.register()

  await bed.copy(store)

  const run = await bed.run(store.runId)
  assert.deepEqual([run.state, run.copied, run.errors], ['completed_with_errors', 3, 1])
  // The run says so; no copy could do otherwise.
  assert.deepEqual(await verdict(bed, store), exact(3))
})

test('what is edited on a page that is still to be read arrives as it is then; what is new waits for the next run', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(7000)
  const store = await bed.register()
  let pages = 0
  const editAfterFirstPage = async () => {
    pages += 1
    if (pages > 1) return
    await bed.central.updateTable('inv_items').set({ name: 'Editado' }).where('id', '=', 6600).execute()
    await addItem(bed, 'SKU-TARDE')
  }

  await bed.copy(store, { renew: editAfterFirstPage })

  assert.deepEqual([(await bed.run(store.runId)).state, (await bed.run(store.runId)).total], ['completed', 7000])
  assert.deepEqual(await verdict(bed, store), exact(7000))
})

test('a product that is deactivated before its page is read counts as skipped, and one that is activated is copied', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(7000)
  await bed.central.updateTable('inv_items').set({ status: 0 }).where('id', 'in', [6800, 6801]).execute()
  const [gone, come] = [await bed.register(), await bed.register()]
  const once = (change: () => Promise<unknown>) => {
    let isDone = false
    return async () => {
      if (!isDone) await change()
      isDone = true
    }
  }
  const setStatus = (status: number, ids: number[]) =>
    bed.central.updateTable('inv_items').set({ status }).where('id', 'in', ids).execute()

  await bed.copy(gone, { renew: once(() => setStatus(0, [6600, 6601, 6602])) })
  await bed.copy(come, { renew: once(() => setStatus(1, [6600, 6800])) })

  const [first, second] = [await bed.run(gone.runId), await bed.run(come.runId)]
  assert.deepEqual([first.state, first.total, first.copied, first.skipped], ['completed', 6998, 6995, 3])
  assert.deepEqual([second.state, second.total, second.copied, second.skipped], ['completed', 6997, 6997, 0])
})

test('a product that is activated after its page has passed is in the store when the run ends', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(7000)
  const store = await bed.register()
  const setStatus = (id: number, status: number) =>
    bed.central.updateTable('inv_items').set({ status }).where('id', '=', id).execute()
  await setStatus(5, 0)

  // The fifth comes back when its page has passed, and one that is still to come goes.
  await bed.copy(store, { renew: async () => void (await Promise.all([setStatus(5, 1), setStatus(6900, 0)])) })

  const run = await bed.run(store.runId)
  assert.deepEqual([run.state, run.copied, run.total], ['completed', 6999, 6999])
  assert.deepEqual(await verdict(bed, store), exact(6999))
})

test('a copy that throws again and again fails for good after four, and its retry starts anew', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(5500)
  const store = await bed.register()
  const broken = { renew: () => Promise.reject(new Error('no quiere')) }

  for (const attempt of [1, 2, 3]) {
    await assert.rejects(bed.copy(store, broken), { name: 'Error', message: 'no quiere' }, `attempt ${attempt}`)
  }
  await assert.rejects(bed.copy(store, broken), { code: 'PERMANENT', message: 'no quiere' })
  await failRun(bed.central, (await bed.run(store.runId)).jobUuid, new Error('no quiere'))

  await assert.rejects(bed.copy(store, broken), { name: 'Error', message: 'no quiere' })
})

test('a store that cannot be opened fails its copy at the first attempt, with the cause', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(1)
  const store = await bed.register()
  await bed.central.updateTable('tenants').set({ db_name: 'NO SIRVE' }).where('kind', '=', 'store').execute()

  await bed.queue.worker({ stopWhenEmpty: true }).run()

  const run = await bed.run(store.runId)
  assert.equal(run.state, 'failed')
  assert.match(run.error ?? '', /«NO SIRVE» no es válido/)
  assert.match((await bed.queue.failed())[0]?.exception ?? '', /Caused by: InvalidDatabaseNameError/)
})

test('counts that do not add up are never called completed', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(1500)
  const store = await bed.register()
  const loseProducts = async () => {
    await using db = await bed.store(store.runId)
    await db.updateTable('copy_receipts').set({ copied: 900 }).where('cursor_id', '=', 1000).execute()
  }

  await bed.copy(store, { renew: loseProducts })

  const run = await bed.run(store.runId)
  assert.equal(run.state, 'completed_with_errors')
  assert.match(run.error ?? '', /1400 de 1500/)
})

test('a job made by hand needs no run: it gets a new one, also for a company without a store database', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(3)
  const company = await bed.central
    .insertInto('vnt_companies')
    .values({
      tenant_id: bed.distributorId,
      businessName: 'Vieja',
      firstName: null,
      lastName: null,
      secondName: null,
      secondLastName: null,
      billingEmail: null,
      typeIdentificationId: 1,
      identification: '99999',
      verification_digit: null,
      type: 'CLIENTE',
      typePerson: 'PERSON_ENTITY',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await bed.queue.push('CopyProductsToClientJob', { companyId: company.id, tenantId: bed.distributorId })

  await bed.queue.worker({ stopWhenEmpty: true }).run()

  const run = await bed.central
    .selectFrom('copy_runs')
    .selectAll()
    .where('company_id', '=', company.id)
    .executeTakeFirstOrThrow()
  assert.deepEqual([run.state, run.copied], ['completed', 3])
  assert.deepEqual(await verdict(bed, { runId: run.id, companyId: company.id }), exact(3))
})

test("a job made by hand takes over the store's active run, so that there is one copy and one run", async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(3)
  const store = await bed.register()
  await bed.queue.clear()
  await bed.queue.push('CopyProductsToClientJob', { companyId: store.companyId })

  await bed.queue.worker({ stopWhenEmpty: true }).run()

  assert.equal((await bed.run(store.runId)).state, 'completed')
  assert.equal((await bed.central.selectFrom('copy_runs').select('id').execute()).length, 1)
})

test('an unknown company, a foreign distributor and bad data fail at once with a sentence', async () => {
  await using bed = await TestBed.open()
  const store = await bed.register()
  const context = idleContext()

  await assert.rejects(copyProducts(bed, { companyId: 999 }, context), (error) => {
    return error instanceof PermanentError && /No existe la empresa 999/.test(error.message)
  })
  await assert.rejects(copyProducts(bed, { companyId: store.companyId, tenantId: 'otra' }, context), (error) => {
    return error instanceof PermanentError && /no es cliente de la distribuidora otra/.test(error.message)
  })
  for (const data of [{}, { companyId: 0 }, { companyId: '1' }, { companyId: 1.5 }, { companyId: 1, tenantId: 7 }]) {
    await assert.rejects(bed.queue.push('CopyProductsToClientJob', data), /does not fit its schema/)
  }
})

test('a job that used up its tries leaves a failed run, and its retry completes it with the same uuid', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(10)
  const store = await bed.register()
  await sql`alter table inv_image_gallery rename to lost`.execute(bed.central)
  await sql`update jobs set payload = json_set(payload, '$.maxTries', 1)`.execute(bed.central)

  await bed.queue.worker({ stopWhenEmpty: true }).run()
  const failed = await bed.run(store.runId)
  await sql`alter table lost rename to inv_image_gallery`.execute(bed.central)
  await bed.queue.retryAll()
  await bed.queue.worker({ stopWhenEmpty: true }).run()

  assert.deepEqual([failed.state, failed.error], ['failed', 'no such table: inv_image_gallery'])
  assert.equal(bed.logged.find(({ event }) => event === 'failed')?.run, store.runId)
  const run = await bed.run(store.runId)
  assert.deepEqual([run.state, run.copied, run.error, run.jobUuid], ['completed', 10, null, failed.jobUuid])
})

test('a failed run that is retried while the store has a newer one gives way to it', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(10)
  const store = await bed.register()
  await bed.central.updateTable('copy_runs').set({ state: 'failed' }).execute()
  const newer = await startRun(bed, store.companyId)

  await bed.copy(store)

  assert.equal((await bed.run(store.runId)).state, 'failed')
  assert.equal((await bed.run(newer.id)).state, 'pending')
})

test('the number of statements follows the pages, not the products', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(1000)
  const first = await bed.register()
  bed.statements.length = 0
  await bed.copy(first)
  const small = bed.statementsBesideRows
  await sql`insert into inv_items (tenant_id, categoryId, name, sku, taxId)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 4000)
    select ${bed.distributorId}, 1, 'Más ' || i, 'MAS-' || i, 1 from n`.execute(bed.central)
  const second = await bed.register()
  bed.statements.length = 0

  await bed.copy(second)

  const large = bed.statementsBesideRows
  assert.equal((await bed.run(second.runId)).copied, 5000)
  assert.ok(small <= fixedStatements + 2 * statementsPerPage, `${small} statements for two pages`)
  assert.ok(large <= fixedStatements + 4 * statementsPerPage, `${large} statements for four pages`)
})

/** Starting, making the store's database and ending. */
const fixedStatements = 60
/** Read, write with proof, mirror. */
const statementsPerPage = 18

interface Copied {
  readonly runId: number
  readonly companyId: number
}

async function verdict(bed: TestBed, { runId, companyId }: Copied) {
  const result = await verifyRun(bed, { id: runId, companyId })
  assert.ok(result)
  const { checked, missing, duplicated, altered } = result
  return { checked, missing, duplicated, altered }
}

function exact(checked: number) {
  return { checked, missing: 0, duplicated: 0, altered: 0 }
}

function allOf({ central, distributorId }: TestBed) {
  const catalogue = new SourceCatalogue(central, { distributorId, baseLabel: 'Precio Regular' })
  return catalogue.readPage({ afterId: 0, maxId: 1e9, limit: 1000 })
}

async function withStore<Result>(
  bed: TestBed,
  runId: number,
  work: (db: StoreDatabase) => Promise<Result>,
): Promise<Result> {
  await using db = await bed.store(runId)
  return await work(db)
}

function receiptOf(db: StoreDatabase) {
  return db.selectFrom('copy_receipts').selectAll().executeTakeFirstOrThrow()
}

/** All that a store holds, with moments of change, so that a rewritten row shows. */
function dump(bed: TestBed, runId: number) {
  return withStore(bed, runId, async (db) => ({
    items: await db.selectFrom('tat_items').selectAll().orderBy('id').execute(),
    categories: await db.selectFrom('tat_categories').selectAll().orderBy('id').execute(),
    taxes: await db.selectFrom('cnf_taxes').selectAll().orderBy('id').execute(),
  }))
}

interface NewPrice {
  readonly itemId: number
  readonly price: number
  readonly date?: string
  readonly deletedAt?: string
  readonly warehouseId?: number
}

async function addPrice(
  bed: TestBed,
  { itemId, price, date = '2031-01-01 00:00:00', deletedAt, warehouseId }: NewPrice,
) {
  await bed.central
    .insertInto('inv_values')
    .values({
      itemId,
      values: price,
      type: 'precio',
      label: 'Precio Regular',
      date,
      deleted_at: deletedAt ?? null,
      warehouseId: warehouseId ?? null,
    })
    .execute()
}

async function addItem(bed: TestBed, sku: string): Promise<void> {
  await bed.central
    .insertInto('inv_items')
    .values({
      tenant_id: bed.distributorId,
      sku,
      name: sku,
      categoryId: 1,
      internal_code: null,
      description: null,
      taxId: 1,
      brandId: null,
      consumption_unit: null,
    })
    .execute()
}

async function writeFirstPage(db: StoreDatabase, claim: Claim, products: readonly SourceProduct[]): Promise<unknown> {
  const pages = new PagesInTime({ readPage: async () => products }, standardRules)
  const writer = new PageWriter(db, claim, { rules: standardRules, repeatedSkus: new Set(), pages })
  return writer.write({ products, page: writer.prepare(products) }, { afterId: 0, isNext: true, isLast: () => false })
}
