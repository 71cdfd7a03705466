import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { readStoreContents } from '../../src/companies/store-contents.ts'
import { findStore } from '../../src/companies/stores.ts'
import { listStoreProducts } from '../../src/copy/runs/store-products.ts'
import { type Verification, verifyRun } from '../../src/copy/verify/verify.ts'
import type { StoreDatabase, StoresLayout } from '../../src/tenancy/store-databases.ts'
import { type BedDriver, bedDrivers } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'

const layouts: readonly StoresLayout[] = ['own', 'shared']
const pairs = bedDrivers.flatMap((driver) => layouts.map((layout) => ({ driver, layout })))

for (const { driver, layout } of pairs)
  describe(`two stores of two distributors on ${driver}, ${layout} layout`, () => {
    test('are each stocked by their own distributor, verified, and not written again when nothing changed', async () => {
      await using beds = await openTwo(driver, layout)
      const { bed, first, second } = beds

      await bed.queue.worker({ memory: 0, stopWhenEmpty: true, concurrency: 2 }).run()

      assert.deepEqual([await verified(bed, first.runId), await verified(bed, second.runId)], [exact(30), exact(20)])
      const before = [await rowsOf(bed, first), await rowsOf(bed, second)]
      const again = [await bed.copyAgain(first.companyId), await bed.copyAgain(second.companyId)]
      assert.deepEqual(
        again.map(({ copied, updated, unchanged }) => [copied, updated, unchanged]),
        [
          [0, 0, 30],
          [0, 0, 20],
        ],
      )
      assert.deepEqual([await rowsOf(bed, first), await rowsOf(bed, second)], before)
    })

    test('neither sees nor changes the other: pages show their own, and a copy leaves the other as it was', async () => {
      await using beds = await openTwo(driver, layout)
      const { bed, first, second } = beds
      await bed.copy(first)
      await bed.copy(second)
      const before = await rowsOf(bed, second)

      // One catalogue changes, the stock of the other store too.
      await bed.central
        .updateTable('inv_items')
        .set({ name: 'Renombrado' })
        .where('tenant_id', '=', bed.distributorId)
        .execute()
      await bed.copyAgain(first.companyId)

      assert.deepEqual(await rowsOf(bed, second), before)
      assert.deepEqual(await shownTo(bed, first.companyId), { products: 30, names: ['Renombrado'] })
      assert.equal((await shownTo(bed, second.companyId)).products, 20)
      await using store = await bed.store(second.runId)
      const found = await listStoreProducts(store, { companyId: second.companyId, limit: 100, search: 'Renombrado' })
      assert.deepEqual(found, [])
    })

    test('have their rows where the layout says, and every row says whose it is', async () => {
      await using beds = await openTwo(driver, layout)
      const { bed, first, second } = beds
      await bed.copy(first)
      await bed.copy(second)

      await using store = await bed.store(first.runId)
      const { rows } = await sql<{ company: number; items: number }>`
        select company_id as company, count(*) as items
        from tat_items
        group by company_id
        order by company_id`.execute(store)

      const own = { company: first.companyId, items: 31 }
      const both = [own, { company: second.companyId, items: 21 }]
      assert.deepEqual(
        rows.map((row) => ({ ...row })),
        layout === 'own' ? [own] : both,
      )
      assert.equal((await bed.tenantOf(first.companyId)).place.name === null, layout === 'shared')
    })
  })

test('a row in a category of another store is found in the shared database', async () => {
  await using beds = await openTwo('sqlite', 'shared')
  const { bed, first, second } = beds
  await bed.copy(first)
  await bed.copy(second)
  await using store = await bed.store(first.runId)
  const categoryOf = (companyId: number) =>
    store.selectFrom('tat_categories').select('id').where('company_id', '=', companyId).limit(1)
  await store
    .updateTable('tat_items')
    .set({ categoryId: categoryOf(second.companyId) })
    .where('company_id', '=', first.companyId)
    .where('sku', '=', 'GENERICO')
    .execute()

  const { altered } = (await verifyRun(bed, await bed.run(first.runId))) ?? {}

  assert.equal(altered, 1)
  assert.deepEqual(await verified(bed, second.runId), exact(20))
})

test('no statement of a copy, a verification or a page leaves out whose rows it means', async () => {
  await using beds = await openTwo('sqlite', 'shared')
  const { bed, first } = beds
  await bed.copy(first)
  await bed.copyAgain(first.companyId)
  await verified(bed, first.runId)
  await shownTo(bed, first.companyId)

  const onRows = bed.statements.filter((text) => /\b(from|into|update) "?(tat_|copy_receipts|copy_outcomes)/.test(text))

  assert.ok(onRows.length > 20)
  assert.deepEqual(
    onRows.filter((text) => !/company_id|run_id/.test(text)),
    [],
  )
})

test('stores that are there stay where they are when the setting changes', async () => {
  await using beds = await openTwo('sqlite', 'own')
  const { bed, first } = beds
  await bed.copy(first)
  const stores = bed.storesWith({ layout: 'shared' })

  await using store = await stores.open((await bed.tenantOf(first.companyId)).place)

  assert.equal((await itemsOf(store, first.companyId)).length, 31)
  assert.equal(stores.newName(7), null)
})

interface TwoStores extends AsyncDisposable {
  readonly bed: TestBed
  readonly first: Store
  readonly second: Store
}

interface Store {
  readonly companyId: number
  readonly runId: number
}

async function openTwo(driver: BedDriver, layout: StoresLayout): Promise<TwoStores> {
  const bed = await TestBed.open(driver, { layout })
  const other = await bed.addDistributor()
  await bed.addProducts(30)
  await bed.addProducts(20, 1, other)
  const [first, second] = [await bed.register(), await bed.register(other)]
  return { bed, first, second, [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose]() }
}

async function verified(bed: TestBed, runId: number): Promise<Partial<Verification> | undefined> {
  const result = await verifyRun(bed, await bed.run(runId))
  if (!result) return undefined
  const { checked, missing, duplicated, altered } = result
  return { checked, missing, duplicated, altered }
}

function exact(checked: number): Partial<Verification> {
  return { checked, missing: 0, duplicated: 0, altered: 0 }
}

async function rowsOf(bed: TestBed, { companyId, runId }: Store): Promise<unknown> {
  await using store = await bed.store(runId)
  return [await itemsOf(store, companyId), await categoriesOf(store, companyId)]
}

function itemsOf(store: StoreDatabase, companyId: number) {
  return store.selectFrom('tat_items').selectAll().where('company_id', '=', companyId).orderBy('id').execute()
}

function categoriesOf(store: StoreDatabase, companyId: number) {
  return store.selectFrom('tat_categories').selectAll().where('company_id', '=', companyId).orderBy('id').execute()
}

/** What the page of a store shows, and in the first five products. */
async function shownTo(bed: TestBed, companyId: number) {
  const store = await findStore(bed.central, companyId)
  assert.ok(store)
  const { list } = await readStoreContents(bed, { store, search: undefined, afterId: undefined })
  assert.ok(typeof list.products === 'object')
  return { products: list.products.length, names: [...new Set(list.products.map(({ name }) => name))] }
}
