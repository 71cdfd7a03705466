import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { copiedRow, stockedStore } from '../../test/support/stocked-store.ts'
import { reportCsv } from '../copy/report/report-csv.ts'
import { readReport } from '../copy/report/report-rows.ts'
import { SharedMemory } from '../sync/shared-memory.ts'
import { editProduct, InvalidStorePriceError, type ProductEdit } from './edit-product.ts'
import { UnknownStoreProductError } from './store-product.ts'

for (const driver of bedDrivers)
  describe(`a product that its store edits, on ${driver}`, () => {
    test('does not come back from three copies once it is deleted, and is restored as it was, with its history', async () => {
      await using stocked = await stockedStore(driver, 4)
      const { bed, store, companyId } = stocked
      const edit = (kind: 'delete' | 'restore') => editProduct(store, { companyId, sku: 'SKU-2' }, { kind })
      await store.updateTable('tat_items').set({ stock: 7 }).where('item_father_id', '=', 2).execute()
      await editProduct(store, { companyId, sku: 'SKU-2' }, { kind: 'setPrice', price: 4_900 })
      const before = await copiedRow(store, 2)

      await edit('delete')
      const deleted = await copiedRow(store, 2)
      await bed.central.updateTable('inv_items').set({ name: 'Nombre nuevo' }).where('id', '=', 2).execute()
      const copies = [await bed.copyAgain(companyId), await bed.copyAgain(companyId), await bed.copyAgain(companyId)]
      const after = await copiedRow(store, 2)
      await edit('restore')
      await edit('restore')
      const restored = await copiedRow(store, 2)
      await bed.copyAgain(companyId)

      assert.deepEqual(
        copies.map(({ skipped, copied, state }) => [skipped, copied, state]),
        [1, 2, 3].map(() => [1, 0, 'completed']),
      )
      assert.notEqual(deleted.deleted_at, null)
      assert.deepEqual(after, deleted)
      // Without its hash the next copy writes it again.
      assert.deepEqual({ ...restored, updated_at: '' }, { ...before, content_hash: null, updated_at: '' })
      const { id, name, stock, price, created_at } = await copiedRow(store, 2)
      assert.deepEqual([id, name, stock, price, created_at], [before.id, 'Nombre nuevo', 7, 4_900, before.created_at])
    })

    test('follows its distributor again though it is restored while a copy that has passed it goes on', async () => {
      await using stocked = await stockedStore(driver, 4, { memory: new SharedMemory() })
      const { bed, store, companyId } = stocked
      const edit = (kind: 'delete' | 'restore') => editProduct(store, { companyId, sku: 'SKU-2' }, { kind })
      await edit('delete')
      await bed.central.updateTable('inv_items').set({ name: 'Nombre nuevo' }).where('id', '=', 2).execute()

      await bed.copyAgain(companyId, { renew: () => edit('restore') })
      const passed = await copiedRow(store, 2)
      const run = await bed.copyAgain(companyId)

      assert.deepEqual([passed.name, passed.deleted_at], ['Producto 2', null])
      assert.deepEqual([(await copiedRow(store, 2)).name, run.updated, run.unchanged], ['Nombre nuevo', 1, 3])
    })

    test('leaves its image to the distributor and to other stores when it is deleted', async () => {
      await using stocked = await stockedStore(driver, 2)
      const { bed, store, companyId } = stocked
      const other = await bed.register()
      await bed.copy(other)
      await using others = await bed.store(other.runId)
      const images = () => bed.central.selectFrom('inv_image_gallery').selectAll().orderBy('id').execute()
      const before = await images()

      await editProduct(store, { companyId, sku: 'SKU-2' }, { kind: 'delete' })
      await bed.copyAgain(companyId)

      const path = before.find(({ itemId, type }) => itemId === 2 && type === 'PRINCIPAL')?.img_path
      assert.ok(path)
      assert.deepEqual(await images(), before)
      assert.equal((await copiedRow(others, 2)).img_path, path)
    })

    test('keeps its own price when the cost rises above it, and the report says so and suggests another', async () => {
      await using stocked = await stockedStore(driver, 3)
      const { bed, store, companyId } = stocked
      await editProduct(store, { companyId, sku: 'SKU-3' }, { kind: 'setPrice', price: 1_500 })
      await bed.central.updateTable('inv_values').set({ values: 3_600 }).where('itemId', '=', 3).execute()

      const { id } = await bed.copyAgain(companyId)

      const { price, cost, price_mode } = await copiedRow(store, 3)
      assert.deepEqual([price, cost, price_mode], [1_500, 3_600, 'manual'])
      const report = (await Array.fromAsync(reportCsv(readReport(bed.central, store, id), 'es'))).join('')
      assert.match(report, /\r\nSKU-3;Producto 3;Actualizado;[^;]*margen[^;]*;SKU-3;3600;1500;5100\r\n$/i)
    })

    test('follows its distributor again when the store gives the price back, is hidden, and is shown', async () => {
      await using stocked = await stockedStore(driver, 2)
      const { bed, store, companyId } = stocked
      const edit = (change: ProductEdit) => editProduct(store, { companyId, sku: 'SKU-1' }, change)
      const before = await copiedRow(store, 1)

      await edit({ kind: 'setPrice', price: 9_000 })
      await edit({ kind: 'hide' })
      const hidden = await copiedRow(store, 1)
      await edit({ kind: 'show' })
      await edit({ kind: 'followPrice' })
      await bed.copyAgain(companyId)

      assert.deepEqual([hidden.price, hidden.price_mode, hidden.hidden_at === null], [9_000, 'manual', false])
      assert.deepEqual({ ...(await copiedRow(store, 1)), updated_at: '' }, { ...before, updated_at: '' })
    })

    test('is for sale once the store sets the price that its distributor did not', async () => {
      await using stocked = await stockedStore(driver, 2)
      const { bed, store, companyId } = stocked
      await bed.central.deleteFrom('inv_values').where('itemId', '=', 1).execute()
      await bed.copyAgain(companyId)
      const without = await copiedRow(store, 1)

      await editProduct(store, { companyId, sku: 'SKU-1' }, { kind: 'setPrice', price: 2_000 })
      await bed.copyAgain(companyId)

      const { price, status } = await copiedRow(store, 1)
      assert.deepEqual([without.status, status, price], [0, 1, 2_000])
    })

    test('is refused a price that nobody could charge, and what is not there cannot be edited', async () => {
      await using stocked = await stockedStore(driver, 1)
      const { store, companyId } = stocked
      const edit = (sku: string, change: ProductEdit) => editProduct(store, { companyId, sku }, change)
      const before = await copiedRow(store, 1)

      for (const price of [0, -1, 1.5, Number.NaN, 1e13])
        await assert.rejects(edit('SKU-1', { kind: 'setPrice', price }), InvalidStorePriceError)
      await assert.rejects(edit('SKU-9', { kind: 'hide' }), UnknownStoreProductError)
      await assert.rejects(
        editProduct(store, { companyId: companyId + 1, sku: 'SKU-1' }, { kind: 'hide' }),
        UnknownStoreProductError,
      )

      assert.deepEqual(await copiedRow(store, 1), before)
    })
  })
