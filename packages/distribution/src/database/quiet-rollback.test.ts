import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompiledQuery } from 'kysely'
import { faultProxy } from '../../../queue/test/support/fault-proxy.ts'
import { bedDrivers, placeFor } from '../../test/support/bed-place.ts'
import { openDatabase } from './open-database.ts'

for (const driver of bedDrivers.filter((each) => each !== 'sqlite')) {
  test(`${driver}: a transaction whose session breaks fails with what broke it`, async () => {
    await using place = await placeFor(driver)
    assert.ok(place.address.driver !== 'sqlite')
    await using proxy = await faultProxy(place.address)
    const address = { ...place.address, host: proxy.host, port: proxy.port }
    // The client of MySQL keeps the process for as long as the lost statement might have taken.
    await using db = await openDatabase(address, { connections: 1, deadlineSeconds: 5 })

    proxy.dropReplyTo('select 1 as broken')
    const broken = db.transaction().execute((trx) => trx.executeQuery(CompiledQuery.raw('select 1 as broken')))

    await assert.rejects(broken, /ECONNRESET|Connection lost|terminated/)
    const { rows } = await db.executeQuery(CompiledQuery.raw('select 2 as answer'))
    assert.deepEqual(rows, [{ answer: 2 }])
  })
}
