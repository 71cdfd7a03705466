import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventually } from '../../../../queue/test/support/eventually.ts'
import { bedDrivers } from '../../../test/support/bed-place.ts'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import type { StoreItemsTable } from '../../database/store-tables.ts'

for (const driver of bedDrivers)
  describe(`what a store has decided, on ${driver}`, () => {
    test('stays in later copies, while what it has not decided follows the distributor', async () => {
      await using bed = await TestBed.open(driver)
      await using stocked = await stockedStore(bed, 6)
      const { store, copyAgain, row } = stocked
      await set(stocked, 1, { price: 9_900, price_mode: 'manual' })
      await set(stocked, 2, { name: 'Mi nombre', locked_fields: 'name', stock: 7 })
      await set(stocked, 3, { hidden_at: '2026-11-01 10:00:00' })
      await set(stocked, 4, { deleted_at: '2026-11-01 10:00:00' })
      await store
        .insertInto('tat_items')
        .values({ ...ownProduct, company_id: stocked.companyId })
        .execute()
      await bed.central.updateTable('inv_items').set({ name: 'Nombre nuevo' }).execute()
      await bed.central.updateTable('inv_values').set({ values: 5_000 }).execute()

      const run = await copyAgain()

      assert.deepEqual([run.state, run.updated, run.skipped], ['completed', 5, 1])
      assert.deepEqual(await row(1), {
        name: 'Nombre nuevo',
        price: 9_900,
        cost: 5_000,
        stock: 0,
        price_strategy: 'margin-30@1',
      })
      assert.deepEqual(await row(2), {
        name: 'Mi nombre',
        price: 7_100,
        cost: 5_000,
        stock: 7,
        price_strategy: 'margin-30@1',
      })
      assert.equal((await row(3)).name, 'Nombre nuevo')
      assert.equal((await row(4)).name, 'Producto 4')
      const own = await store
        .selectFrom('tat_items')
        .select(['name', 'price'])
        .where('sku', '=', 'PROPIO')
        .executeTakeFirst()
      assert.deepEqual({ ...own }, { name: 'Empanada', price: 3_000 })
      assert.deepEqual((await copyAgain()).unchanged, 5)
    })

    if (driver !== 'sqlite')
      test('stays when it is made while a copy is about to write the product', async () => {
        await using bed = await TestBed.open(driver)
        await using stocked = await stockedStore(bed, 6)
        await bed.central.updateTable('inv_values').set({ values: 5_000 }).execute()
        const counter = await stocked.store.startTransaction().execute()
        await counter
          .updateTable('tat_items')
          .set({ price: 9_900, price_mode: 'manual' })
          .where('item_father_id', '=', 1)
          .execute()
        await counter.deleteFrom('tat_items').where('item_father_id', '=', 2).execute()

        bed.statements.length = 0
        const copying = stocked.copyAgain()
        await eventually(() => bed.statements.some((text) => /tat_items.* union all /.test(text)))
        await counter.commit().execute()
        const run = await copying

        assert.deepEqual([run.state, run.copied, run.updated], ['completed', 1, 5])
        assert.deepEqual((await stocked.row(1)).price, 9_900)
        assert.deepEqual((await stocked.row(2)).price, 7_100)
        assert.deepEqual((await stocked.copyAgain()).unchanged, 6)
      })

    if (driver !== 'sqlite')
      test('stays though its product comes from elsewhere while a copy is about to bring it', async () => {
        await using bed = await TestBed.open(driver)
        await using stocked = await stockedStore(bed, 4)
        await bed.addProducts(6, 5)
        const elsewhere = await stocked.store.startTransaction().execute()
        const brought = { ...ownProduct, company_id: stocked.companyId, cost: 1, stock: 3, content_hash: 'old' }
        await elsewhere
          .insertInto('tat_items')
          .values([
            { ...brought, item_father_id: 5, sku: 'SKU-5', price: 9_900, price_mode: 'manual' },
            { ...brought, item_father_id: 6, sku: 'MIO-6', locked_fields: 'name,sku' },
          ])
          .execute()

        bed.statements.length = 0
        const copying = stocked.copyAgain()
        await eventually(() => bed.statements.some((text) => /tat_items.* union all /.test(text)))
        await elsewhere.commit().execute()
        const run = await copying

        assert.deepEqual([run.state, run.copied, run.unchanged], ['completed', 2, 4])
        const shown = async (id: number) => Object.values(await stocked.row(id))
        const expected = [
          ['Producto 5', 9_900, 1_050, 3, null],
          ['Empanada', 1_500, 1_060, 3, 'margin-30@1'],
        ]
        assert.deepEqual([await shown(5), await shown(6)], expected)
        const [next, last] = [await stocked.copyAgain(), await stocked.copyAgain()]
        assert.deepEqual([await shown(5), await shown(6)], expected)
        assert.deepEqual([next.updated, last.unchanged], [2, 6])
      })

    test('a product that the distributor sells no more is marked, and comes back when it is sold again', async () => {
      await using bed = await TestBed.open(driver)
      await using stocked = await stockedStore(bed, 5)
      const states = async () =>
        (
          await stocked.store
            .selectFrom('tat_items')
            .select('source_state')
            .where('item_father_id', '>', 0)
            .orderBy('item_father_id')
            .execute()
        ).map(({ source_state }) => source_state)
      await bed.central.updateTable('inv_items').set({ status: 0 }).where('id', 'in', [2, 5]).execute()

      await stocked.copyAgain()
      const gone = await states()
      await bed.central.updateTable('inv_items').set({ status: 1 }).where('id', '=', 5).execute()
      const back = await stocked.copyAgain()

      assert.deepEqual(gone, ['active', 'discontinued', 'active', 'active', 'discontinued'])
      assert.deepEqual(await states(), ['active', 'discontinued', 'active', 'active', 'active'])
      assert.deepEqual([back.updated, back.unchanged], [1, 3])
    })

    test('a new product does not get the SKU of one that is no longer sold, was deleted, or is a space away', async () => {
      await using bed = await TestBed.open(driver)
      await using stocked = await stockedStore(bed, 4)
      const give = (id: number, sku: string) =>
        bed.central.updateTable('inv_items').set({ sku }).where('id', '=', id).execute()
      await bed.central.updateTable('inv_items').set({ status: 0 }).where('id', '=', 2).execute()
      await set(stocked, 3, { deleted_at: '2026-11-01 10:00:00' })
      await stocked.store
        .insertInto('tat_items')
        .values({ ...ownProduct, company_id: stocked.companyId })
        .execute()
      await stocked.copyAgain()
      await give(2, 'OTRO-2')
      await give(3, 'OTRO-3')
      await bed.addProducts(8, 5)
      await give(5, 'SKU-2')
      await give(6, 'SKU-3')
      await give(7, ' PROPIO ')

      const run = await stocked.copyAgain()

      // The last one is free; the third is deleted in the store.
      assert.deepEqual([run.copied, run.skipped], [1, 4])
      const taken = await stocked.store
        .selectFrom('copy_outcomes')
        .select('source_item_id as id')
        .where('run_id', '=', run.id)
        .where('reason', '=', 'sku_taken')
        .orderBy('source_item_id')
        .execute()
      assert.deepEqual(
        taken.map(({ id }) => id),
        [5, 6, 7],
      )
    })

    test('a distributor has its own margin, and gives taken SKUs another end', async () => {
      await using bed = await TestBed.open(driver)
      const rules = { strategy: { ...halfMargin }, policies: { skuConflict: 'suffix' } }
      await bed.central
        .updateTable('tenants')
        .set({ copy_rules: JSON.stringify(rules) })
        .execute()
      await using stocked = await stockedStore(bed, 2)
      await stocked.store
        .insertInto('tat_items')
        .values({ ...ownProduct, company_id: stocked.companyId, sku: 'SKU-3' })
        .execute()
      await bed.addProducts(3, 3)

      await stocked.copyAgain()

      const rows = await stocked.store
        .selectFrom('tat_items')
        .select(['sku', 'price', 'price_strategy'])
        .where('item_father_id', '>', 0)
        .orderBy('item_father_id')
        .execute()
      assert.deepEqual(
        rows.map((each) => Object.values(each)),
        [
          ['SKU-1', 2_050, 'half@4'],
          ['SKU-2', 2_050, 'half@4'],
          ['SKU-3-2', 2_100, 'half@4'],
        ],
      )
    })
  })

const halfMargin = {
  name: 'half',
  version: 4,
  baseLabel: 'Precio Regular',
  marginPercent: 50,
  rounding: { stepPesos: 50, mode: 'up' },
  floorAtCost: true,
  minimumPrice: 0,
}

const ownProduct = {
  item_father_id: 0,
  sku: 'PROPIO',
  name: 'Empanada',
  cost: 1_000,
  price: 3_000,
  taxId: null,
  categoryId: null,
  img_path: null,
  price_strategy: null,
  content_hash: null,
}

type Stocked = Awaited<ReturnType<typeof stockedStore>>

async function stockedStore(bed: TestBed, products: number) {
  await bed.addProducts(products)
  const registered = await bed.register()
  await bed.copy(registered)
  const store = await bed.store(registered.runId)
  return {
    store,
    companyId: registered.companyId,
    copyAgain: () => bed.copyAgain(registered.companyId),
    row: async (id: number) => {
      const found = await store
        .selectFrom('tat_items')
        .select(['name', 'price', 'cost', 'stock', 'price_strategy'])
        .where('item_father_id', '=', id)
        .executeTakeFirstOrThrow()
      return { ...found }
    },
    [Symbol.asyncDispose]: () => store.destroy(),
  }
}

async function set(
  { store }: Stocked,
  id: number,
  values: Partial<Record<keyof StoreItemsTable, string | number>>,
): Promise<void> {
  await store
    .updateTable('tat_items')
    .set(values as never)
    .where('item_father_id', '=', id)
    .execute()
}
