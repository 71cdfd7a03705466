import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { OpenSlots, StoresBusyError } from './open-slots.ts'
import { provisionStore } from './provision-store.ts'
import { untilThereIsRoom } from './server-connection.ts'

const forEver = Number.POSITIVE_INFINITY

test('who comes late waits, and the first of those who wait is next', async () => {
  const slots = new OpenSlots(1)
  const release = await slots.take(forEver)
  const order: string[] = []
  const waiting = ['a', 'b', 'c'].map(async (name) => {
    const next = await slots.take(forEver)
    order.push(name)
    next()
  })

  release()
  await Promise.all(waiting)

  assert.deepEqual(order, ['a', 'b', 'c'])
})

test('who has waited long enough is told, and takes no slot that comes free later', async () => {
  const slots = new OpenSlots(1)
  const release = await slots.take(forEver)

  await assert.rejects(slots.take(0.01), StoresBusyError)
  release()

  ;(await slots.take(0))()
  ;(await slots.take(0))()
})

for (const driver of bedDrivers)
  describe(`open stores on ${driver}`, () => {
    test('a database that is closed, twice even, or that is not there, leaves its place to the next', async () => {
      await using bed = await TestBed.open(driver, { mostOpen: 1 })
      const { companyId } = await bed.register()
      const { id, place } = await bed.tenantOf(companyId)
      const made = await provisionStore(bed, id)
      await assert.rejects(bed.stores.open(place, { waitSeconds: 0.01 }), StoresBusyError)
      await made.destroy()
      await made.destroy()
      await assert.rejects(bed.stores.open({ ...place, name: 'surtidor_gone' }), { code: 'MISSING_STORE_DATABASE' })

      await using store = await bed.stores.open(place, { waitSeconds: 0 })

      await assert.rejects(bed.stores.open(place, { waitSeconds: 0.01 }), StoresBusyError)
      assert.equal((await store.selectFrom('tat_items').select('id').execute()).length, 1)
    })
  })

const limits: Readonly<Record<string, (user: string) => string>> = {
  mariadb: (user) => `alter user '${user}'@'%' with max_user_connections 1`,
  mysql: (user) => `alter user '${user}'@'%' with max_user_connections 1`,
  postgres: (user) => `alter role "${user}" connection limit 1`,
}

for (const driver of bedDrivers.filter((each) => each !== 'sqlite'))
  test(`on ${driver} a server without a connection left is asked again until there is one`, async () => {
    await using bed = await TestBed.open(driver, { users: 'own' })
    const { companyId } = await bed.register()
    const { id } = await bed.tenantOf(companyId)
    await (await provisionStore(bed, id)).destroy()
    const { place } = await bed.tenantOf(companyId)
    await sql.raw(limits[driver]?.(place.user ?? '') ?? '').execute(bed.central)
    const only = await bed.stores.open(place)

    const next = bed.stores.open(place)
    const state = await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 150, 'waits'))])
    await only.destroy()

    assert.equal(state, 'waits')
    await using store = await next
    assert.equal((await store.selectFrom('tat_items').select('id').execute()).length, 1)
  })

test('a server that stays full is given up with its own error, any other error at once', async () => {
  const full = Object.assign(new Error('Too many connections'), { code: 'ER_CON_COUNT_ERROR' })
  let tries = 0
  const failing = (error: Error) => () => {
    tries += 1
    return Promise.reject(error)
  }

  await assert.rejects(untilThereIsRoom(failing(full), [0, 0, 0]), full)
  assert.equal(tries, 4)
  await assert.rejects(untilThereIsRoom(failing(new Error('refused')), [0, 0, 0]), /refused/)
  assert.equal(tries, 5)
})
