import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { copiedRow } from '../../test/support/stocked-store.ts'
import { editProduct } from '../assortment/edit-product.ts'
import type { CopyMemory, Recalling } from '../copy/pages/copy-memory.ts'
import { resumeRun } from '../copy/runs/run-actions.ts'
import { startRun } from '../copy/runs/runs.ts'
import { undoRun } from '../copy/undo/undo-run.ts'
import { verifyRun } from '../copy/verify/verify.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import { migrateCentral } from '../migrations/migrate.ts'
import { provisionStore } from '../tenancy/provision-store.ts'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import { SharedMemory } from './shared-memory.ts'
import { SourceCache } from './source-cache.ts'

for (const driver of bedDrivers)
  describe(`copies that remember each other on ${driver}`, () => {
    test('a copy of an unchanged catalogue into an unchanged store reads no product and has the same outcomes', async () => {
      await using stocked = await stockedStore(driver)
      const { bed, companyId } = stocked
      bed.statements.length = 0

      const again = await bed.copyAgain(companyId)

      assert.deepEqual(productPages(bed.statements), [])
      assert.deepEqual(looksAtProducts(bed.statements), [])
      assert.deepEqual(productWrites(bed.statements), [])
      const { state, total, copied, updated, unchanged, skipped, errors } = again
      assert.deepEqual(
        { state, total, copied, updated, unchanged, skipped, errors },
        { state: 'completed', total: 40, copied: 0, updated: 0, unchanged: 39, skipped: 1, errors: 0 },
      )
      const verified = await verifyRun(bed, again)
      assert.deepEqual([verified?.missing, verified?.duplicated, verified?.altered], [0, 0, 0])
      await using store = await bed.store(again.id)
      assert.deepEqual(await outcomesOf(store, again.id), [
        { id: 3, outcome: 'unchanged', reason: 'without_price' },
        { id: 7, outcome: 'skipped', reason: 'sku_taken' },
      ])
    })

    test('a store of which anything that was copied has changed is looked at product by product', async () => {
      await using stocked = await stockedStore(driver)
      const { bed, companyId, runId } = stocked
      await using store = await bed.store(runId)

      for (const [what, change] of Object.entries(changesOfStore)) {
        await change.execute(store)
        bed.statements.length = 0
        await bed.copyAgain(companyId)
        assert.ok(looksAtProducts(bed.statements).length > 0, what)
      }
    })

    test('a price that is given back when its page has passed is brought by the next copy', async () => {
      await using stocked = await stockedStore(driver)
      const { bed, companyId, runId } = stocked
      await using store = await bed.store(runId)
      const product = { companyId, sku: 'SKU-5' }
      await editProduct(store, product, { kind: 'setPrice', price: 9_900 })
      const { id } = await startRun(bed, companyId)
      const renew = () => editProduct(store, product, { kind: 'followPrice' })
      await bed.copy({ runId: id, companyId }, { renew })

      await bed.copyAgain(companyId)

      assert.equal((await copiedRow(store, 5)).price, 1_500)
    })

    test('sales make no difference', async () => {
      await using stocked = await stockedStore(driver)
      const { bed, companyId, runId } = stocked
      await using store = await bed.store(runId)
      await sql`update tat_items set stock = 12 where item_father_id = 5`.execute(store)
      bed.statements.length = 0

      await bed.copyAgain(companyId)

      assert.deepEqual(looksAtProducts(bed.statements), [])
    })

    test('a price that was edited in place, and deleted products, reach the store', async () => {
      await using stocked = await stockedStore(driver)
      const { bed, companyId } = stocked
      await sql`update inv_values set "values" = 5000 where "itemId" = 9`.execute(bed.central)
      await sql`delete from inv_values where "itemId" = 11`.execute(bed.central)

      const again = await bed.copyAgain(companyId)

      assert.deepEqual([again.updated, again.unchanged], [2, 37])
      assert.deepEqual((await bed.copyAgain(companyId)).unchanged, 39)
    })

    test('without a trigger every copy looks at everything, and nothing that changes is missed', async () => {
      await using stocked = await stockedStore(driver)
      const { bed, companyId } = stocked
      const table = driver === 'postgres' ? ' on inv_values' : ''
      await sql.raw(`drop trigger surtidor_inv_values_update${table}`).execute(bed.central)

      const first = await bed.copyAgain(companyId)
      await sql`update inv_values set "values" = 5000 where "itemId" = 9`.execute(bed.central)
      bed.statements.length = 0
      const again = await bed.copyAgain(companyId)

      assert.deepEqual([first.updated, first.unchanged], [0, 39])
      assert.deepEqual([again.updated, again.unchanged], [1, 38])
      assert.ok(productPages(bed.statements).length > 0)
    })

    test('what changes between two looks at a trigger that is missing meanwhile reaches the store', async () => {
      await using stocked = await stockedStore(driver)
      const { bed, companyId } = stocked
      const table = driver === 'postgres' ? ' on inv_values' : ''

      await sql.raw(`drop trigger surtidor_inv_values_update${table}`).execute(bed.central)
      await sql`update inv_values set "values" = 5000 where "itemId" = 9`.execute(bed.central)
      await migrateCentral(bed.central)

      assert.equal((await bed.copyAgain(companyId)).updated, 1)
    })

    test('other rules are another copy', async () => {
      await using stocked = await stockedStore(driver)
      const { bed, companyId } = stocked
      const strategy = { name: 'half', version: 2, marginPercent: 50 }
      await bed.central
        .updateTable('tenants')
        .set({ copy_rules: JSON.stringify({ strategy: { ...wholeStrategy, ...strategy } }) })
        .where('id', '=', bed.distributorId)
        .execute()

      assert.ok((await bed.copyAgain(companyId)).updated > 30)
    })

    test('a product that takes the place of another while the revision is read is copied, now or the next time', async () => {
      const memory = new InterruptedMemory()
      await using bed = await TestBed.open(driver, { memory })
      await bed.addProducts(40)
      memory.interruption = () => replaceLast(bed)
      const { runId, companyId } = await bed.register()
      await bed.copy({ runId, companyId })

      await bed.copyAgain(companyId)

      await using store = await bed.store(runId)
      assert.equal((await copiedRow(store, 41)).sku, 'SKU-41')
    })

    test('a product that takes the place of another before a later attempt begins anew is copied the next time', async () => {
      await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
      await bed.addProducts(40)
      const { runId, companyId } = await bed.register()
      await bed.copy({ runId, companyId })
      await undoRun(bed, runId)
      await replaceLast(bed)
      await resumeRun(bed, runId)
      await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()
      const resumed = await bed.run(runId)

      await bed.copyAgain(companyId)

      await using store = await bed.store(runId)
      assert.deepEqual([resumed.state, resumed.copied, resumed.skipped], ['completed', 39, 1])
      assert.equal((await copiedRow(store, 41)).sku, 'SKU-41')
    })

    test('what is written while a trigger is gone is copied, also when the trigger was there as the copy began', async () => {
      const memory = new InterruptedMemory()
      await using bed = await TestBed.open(driver, { memory })
      await bed.addProducts(40)
      const { runId, companyId } = await bed.register()
      await bed.copy({ runId, companyId })
      memory.interruption = async () => {
        const on = driver === 'postgres' ? sql` on inv_items` : sql``
        await sql`drop trigger ${sql.id('surtidor_inv_items_update')}${on}`.execute(bed.central)
        await sql`update inv_items set name = 'Editado' where id = 5`.execute(bed.central)
      }

      await bed.copyAgain(companyId)

      await using store = await bed.store(runId)
      assert.equal((await copiedRow(store, 5)).name, 'Editado')
    })

    test('stores after the first read no page of products, whichever copies them at the same time', async () => {
      await using bed = await TestBed.open(driver, { memory: new SharedMemory() })
      await bed.addProducts(2_300)
      const runs = [await bed.register(), await bed.register(), await bed.register(), await bed.register()]
      const [first, ...others] = runs
      bed.statements.length = 0

      assert.ok(first)
      await bed.copy(first)
      const readByFirst = productPages(bed.statements).length
      bed.statements.length = 0
      await Promise.all(others.map((run) => bed.copy(run)))

      assert.ok(readByFirst > 0)
      assert.deepEqual(productPages(bed.statements), [])
      for (const { runId } of runs) {
        const { state, copied } = await bed.run(runId)
        assert.deepEqual([state, copied], ['completed', 2_300])
      }
    })

    test('what is prepared once for all stores is right for each, whatever it has decided or sells of its own', async () => {
      const cache = new CountingCache()
      await using bed = await TestBed.open(driver, { memory: new SharedMemory(cache) })
      // So many that the last page is prepared after the first was written.
      await bed.addProducts(7_400)
      await sql`delete from inv_values where "itemId" in (3, 7103)`.execute(bed.central)
      const [plain, decided] = [await bed.register(), await bed.register()]
      await bed.copy(plain)
      await using store = await provisionStore(bed, (await bed.tenantOf(decided.companyId)).id)
      await sql`update tat_items set sku = 'SKU-7101' where own_sku = 'GENERICO'`.execute(store)
      await bed.copy(decided)
      await sql`update tat_items set locked_fields = 'name', name = 'De la casa' where item_father_id = 7102`.execute(
        store,
      )
      await bed.central.deleteFrom('sync_marks').execute()

      const again = await Promise.all([bed.copyAgain(plain.companyId), bed.copyAgain(decided.companyId)])

      // The first copy finds no page that somebody else has read; all that is prepared for the others is prepared once.
      const pages = driver === 'sqlite' ? 5 : 4
      assert.deepEqual([cache.made, cache.answered], [pages, 3 * pages])
      const named = await store
        .selectFrom('tat_items')
        .select('item_father_id as id')
        .where('sku', '=', 'SKU-7101')
        .execute()
      assert.deepEqual(named, [{ id: 0 }])
      assert.equal((await copiedRow(store, 7102)).name, 'De la casa')
      for (const run of again) {
        const verified = await verifyRun(bed, run)
        assert.deepEqual([verified?.missing, verified?.duplicated, verified?.altered], [0, 0, 0])
        assert.equal(run.copied, 0)
      }
      assert.deepEqual(
        again.map(({ updated }) => updated),
        [0, 1],
      )
    })
  })

const changesOfStore = {
  'a price that was changed': sql`update tat_items set price = price + 1 where item_father_id = 5`,
  'a copy that was deleted': sql`delete from tat_items where item_father_id = 5`,
  'a name that was locked': sql`update tat_items set locked_fields = 'name' where item_father_id = 5`,
  'a price that was given back': sql`update tat_items set content_hash = null where item_father_id = 5`,
  'a category that was renamed': sql`update tat_categories set name = 'Otra' where source_category_id = 1`,
  'taxes that are gone': sql`delete from cnf_taxes`,
}

const wholeStrategy = {
  baseLabel: 'Precio Regular',
  rounding: { stepPesos: 50, mode: 'up' },
  floorAtCost: true,
  minimumPrice: 0,
}

/** The 41st product comes as the 40th goes: there are as many as before. */
async function replaceLast(bed: TestBed): Promise<void> {
  await bed.addProducts(41, 41)
  await sql`update inv_items set status = 0 where id = 40`.execute(bed.central)
}

class CountingCache extends SourceCache {
  answered = 0
  made = 0

  override prepared(...[page, rules, prepare]: Parameters<SourceCache['prepared']>) {
    const counted = () => {
      this.made += 1
      return prepare()
    }
    const answer = super.prepared(page, rules, counted)
    if (answer) this.answered += 1
    return answer
  }
}

/** Something happens, once, after a copy has begun and before it recalls anything. */
class InterruptedMemory implements CopyMemory {
  readonly #memory = new SharedMemory()
  interruption: (() => Promise<void>) | undefined

  begin(central: CentralDatabase): Recalling {
    const recalling = this.#memory.begin(central)
    return {
      recall: async (copy) => {
        const happens = this.interruption
        this.interruption = undefined
        await happens?.()
        return recalling.recall(copy)
      },
    }
  }
}

/** 40 products, of which one has no price and one the SKU of the store's own. */
async function stockedStore(driver: (typeof bedDrivers)[number]) {
  const bed = await TestBed.open(driver, { memory: new SharedMemory() })
  await bed.addProducts(40)
  await sql`delete from inv_values where "itemId" = 3`.execute(bed.central)
  const registered = await bed.register()
  await bed.copy(registered)
  await using store = await bed.store(registered.runId)
  await sql`delete from tat_items where item_father_id = 7`.execute(store)
  await sql`update tat_items set sku = 'SKU-7' where own_sku = 'GENERICO'`.execute(store)
  await bed.copyAgain(registered.companyId)
  return { bed, ...registered, [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose]() }
}

/** What reads products with their names and categories, a thousand at a time. */
function productPages(statements: readonly string[]): readonly string[] {
  return statements.filter((text) => text.includes('basePrice'))
}

/** What compares the products of a page with those of the store. */
function looksAtProducts(statements: readonly string[]): readonly string[] {
  return statements.filter((text) => /content_hash["`] as/.test(text))
}

/** All but the store's own GENERICO, which is there to stay. */
function productWrites(statements: readonly string[]): readonly string[] {
  const writes = statements.filter((text) => /^\s*(update|insert into|delete from)\s+["`]?tat_/.test(text))
  return writes.filter((text) => !text.startsWith('insert into "tat_items" ("company_id"'))
}

async function outcomesOf(store: StoreDatabase, runId: number) {
  const rows = await store
    .selectFrom('copy_outcomes')
    .select(['source_item_id as id', 'outcome', 'reason'])
    .where('run_id', '=', runId)
    .orderBy('source_item_id')
    .execute()
  return rows.map((row) => ({ ...row }))
}
