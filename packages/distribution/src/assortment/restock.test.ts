import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { copiedRow, stockedStore } from '../../test/support/stocked-store.ts'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import { editProduct } from './edit-product.ts'
import {
  DeliveryRefusedError,
  InvalidQuantityError,
  ProductNotRestockableError,
  receiveDelivery,
  requestRestock,
} from './restock.ts'

for (const driver of bedDrivers)
  describe(`restocking a store on ${driver}`, () => {
    test('a delivery adds stock to a product that the store has edited, once however often it is received', async () => {
      await using stocked = await stockedStore(driver, 3)
      const { store, companyId } = stocked
      await editProduct(store, { companyId, sku: 'SKU-2' }, { kind: 'setPrice', price: 4_900 })
      await store
        .updateTable('tat_items')
        .set({ sku: 'MIO-2', name: 'Mi nombre', locked_fields: 'sku,name', stock: 1.5 })
        .where('item_father_id', '=', 2)
        .execute()
      await requestRestock(store, { companyId, sku: 'MIO-2' }, 4)
      await requestRestock(store, { companyId, sku: 'MIO-2' }, 2)
      const lines = [
        { itemId: 3, quantity: 1 },
        { itemId: 2, quantity: 5.1 },
        { itemId: 2, quantity: 0.2 },
      ]
      const delivery = { companyId, orderNumber: '96', lines }

      await using second = await stocked.openAgain()
      await using third = await stocked.openAgain()
      const received = await Promise.all([store, second, third].map((each) => receiveDelivery(each, delivery)))
      const again = await receiveDelivery(store, delivery)

      assert.deepEqual([received.toSorted(), again], [[0, 0, 2], 0])
      assert.deepEqual([(await copiedRow(store, 2)).stock, (await copiedRow(store, 3)).stock], [6.8, 1])
      assert.deepEqual(await linesOf(store), [
        { itemId: 2, asked: 6, arrived: 5.3, status: 'Recibido', order_number: '96' },
        { itemId: 3, asked: 1, arrived: 1, status: 'Recibido', order_number: '96' },
      ])
    })

    test('a delivery with a product that the store does not have is an error, and nothing of it is received', async () => {
      await using stocked = await stockedStore(driver, 3)
      const { store, companyId } = stocked
      const receive = (...itemIds: readonly number[]) =>
        receiveDelivery(store, {
          companyId,
          orderNumber: '7',
          lines: itemIds.map((itemId) => ({ itemId, quantity: 2 })),
        })
      await editProduct(store, { companyId, sku: 'SKU-3' }, { kind: 'delete' })

      await assert.rejects(receive(1, 99), DeliveryRefusedError)
      await assert.rejects(receive(1, 3), DeliveryRefusedError)
      const nothing = [(await copiedRow(store, 1)).stock, await linesOf(store)]
      await editProduct(store, { companyId, sku: 'SKU-3' }, { kind: 'restore' })
      await receive(1, 3)

      assert.deepEqual(nothing, [0, []])
      assert.deepEqual([(await copiedRow(store, 1)).stock, (await copiedRow(store, 3)).stock], [2, 2])
    })

    test('what the distributor sells no more, or never did, cannot be ordered, and its last delivery still arrives', async () => {
      await using stocked = await stockedStore(driver, 3)
      const { bed, store, companyId } = stocked
      const order = (sku: string) => requestRestock(store, { companyId, sku }, 1)
      await bed.central.updateTable('inv_items').set({ status: 0 }).where('id', '=', 2).execute()
      await bed.copyAgain(companyId)

      await order('SKU-1')
      await assert.rejects(order('SKU-2'), ProductNotRestockableError)
      await assert.rejects(order('GENERICO'), ProductNotRestockableError)
      await receiveDelivery(store, { companyId, orderNumber: '8', lines: [{ itemId: 2, quantity: 3 }] })

      assert.equal((await copiedRow(store, 2)).stock, 3)
      assert.deepEqual(
        (await linesOf(store)).map(({ itemId, status }) => [itemId, status]),
        [
          [1, 'Registrado'],
          [2, 'Recibido'],
        ],
      )
    })

    test('a quantity is above nothing, has two decimals, and is no typing error', async () => {
      await using stocked = await stockedStore(driver, 1)
      const { store, companyId } = stocked

      for (const quantity of [0, -1, 0.001, Number.NaN, 1_000_001]) {
        await assert.rejects(requestRestock(store, { companyId, sku: 'SKU-1' }, quantity), InvalidQuantityError)
        const delivery = { companyId, orderNumber: '1', lines: [{ itemId: 1, quantity }] }
        await assert.rejects(receiveDelivery(store, delivery), InvalidQuantityError)
      }
      await requestRestock(store, { companyId, sku: 'SKU-1' }, 0.25)
    })
  })

async function linesOf(store: StoreDatabase) {
  const rows = await store
    .selectFrom('tat_restock_list')
    .select(['itemId', 'quantity_request as asked', 'quantity_recive as arrived', 'status', 'order_number'])
    .orderBy('itemId')
    .execute()
  return rows.map((row) => ({ ...row }))
}
