import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { activateUser, findActivation } from '../../src/access/activation.ts'
import { addStoreUser } from '../../src/companies/add-store-user.ts'
import { DuplicateStoreError } from '../../src/companies/duplicate-store.ts'
import { registerStore } from '../../src/companies/register-store.ts'
import { parseStoreForm } from '../../src/companies/store-form.ts'
import { listStores } from '../../src/companies/stores.ts'
import { listStoreProducts } from '../../src/copy/runs/store-products.ts'
import { verifyRun } from '../../src/copy/verify/verify.ts'
import { bedDrivers } from '../support/bed-place.ts'
import { storeForm, TestBed } from '../support/copy-test-bed.ts'

for (const driver of bedDrivers)
  describe(`the application on ${driver}`, () => {
    test('registers a store, copies the catalogue through the queue, and finds what it copied', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(1_250)
      const { runId, companyId } = await bed.register()

      await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

      const { state, total, copied, error } = await bed.run(runId)
      assert.deepEqual(
        { state, total, copied, error },
        { state: 'completed', total: 1_250, copied: 1_250, error: null },
      )
      const verified = await verifyRun(bed, await bed.run(runId))
      assert.deepEqual(
        [verified?.checked, verified?.missing, verified?.duplicated, verified?.altered],
        [1_250, 0, 0, 0],
      )
      await using store = await bed.store(runId)
      const [found] = await listStoreProducts(store, { companyId, limit: 2, search: 'PRODUCTO 1250' })
      assert.deepEqual([found?.sku, found?.price, found?.stock], ['SKU-1250', 19_300, 0])
    })

    test('writes no product again when the catalogue is the same', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(40)
      const registered = await bed.register()
      await bed.copy(registered)
      await using store = await bed.store(registered.runId)
      const before = await store.selectFrom('tat_items').selectAll().orderBy('id').execute()

      const again = await bed.copyAgain(registered.companyId)

      assert.deepEqual([again.copied, again.updated, again.unchanged], [0, 0, 40])
      assert.deepEqual(await store.selectFrom('tat_items').selectAll().orderBy('id').execute(), before)
    })

    test('makes one store of twenty registrations at the same time', async () => {
      await using bed = await TestBed.open(driver)
      const form = storeForm(900_100)

      const answers = await Promise.allSettled(
        Array.from({ length: 20 }, () => registerStore(bed, { form, distributorId: bed.distributorId })),
      )

      const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
      assert.deepEqual([refused.length, refused.every((reason) => reason instanceof DuplicateStoreError)], [19, true])
      assert.equal((await listStores(bed.central, { limit: 5 })).length, 1)
      assert.equal((await bed.queue.jobs()).length, 1)
    })

    test('writes every field of a client, and makes it a store once for twenty who ask', async () => {
      await using bed = await TestBed.open(driver)
      const route = { zone_id: null, salesman_id: null, sale_day: 'Lunes', delivery_day: null }
      await bed.central
        .insertInto('tat_routes')
        .values({ tenant_id: bed.distributorId, name: 'Norte', ...route })
        .execute()
      const parsed = parseStoreForm(client, 'everything')
      assert.ok(parsed.ok)
      const { companyId } = await registerStore(bed, { form: parsed.form, distributorId: bed.distributorId })

      const answers = await Promise.all(
        Array.from({ length: 20 }, () => addStoreUser(bed, { companyId, email: 'ana@ejemplo.co' })),
      )

      const users = await bed.central.selectFrom('users').select('profile_id').execute()
      assert.deepEqual(
        users.map(({ profile_id }) => profile_id),
        [17],
      )
      assert.equal((await bed.queue.jobs()).length, 1)
      const messages = await bed.central
        .selectFrom('notification_outbox')
        .select(['state', 'next_attempt_at'])
        .execute()
      assert.deepEqual([messages.length, messages[0]?.state, messages[0]?.next_attempt_at.length], [1, 'pending', 19])
      const stop = await bed.central.selectFrom('tat_companies_routes').select('sales_order').executeTakeFirst()
      assert.equal(stop?.sales_order, 1)
      assert.ok(answers.every(({ activation }) => activation?.token))
    })

    test('lets one of two set the password of a new user, with a link that is good for 72 hours', async () => {
      await using bed = await TestBed.open(driver)
      const { activation } = await bed.register()
      const token = activation?.token ?? ''
      const end = activation?.expiresAt ?? new Date(0)
      const stateAt = async (moment: number) => (await findActivation(bed.central, token, new Date(moment))).state

      const before = [await stateAt(end.getTime() - 2_000), await stateAt(end.getTime() + 1_000)]
      const answers = await Promise.all(
        ['la primera vez', 'la segunda vez'].map((password) =>
          activateUser(bed.central, { token, password }, new Date()),
        ),
      )

      assert.deepEqual(before, ['usable', 'expired'])
      assert.deepEqual(answers.map(({ state }) => state).toSorted(), ['usable', 'used'])
    })
  })

const client = {
  contactType: 'CLIENTE',
  name: 'La 45',
  type: 'CC',
  identification: '1023456',
  firstName: 'Ana',
  surname: 'Niño',
  address: 'Calle 45 # 1-2',
  city: 'Bogotá',
  district: 'Centro',
  postcode: '110311',
  route: '1',
}
