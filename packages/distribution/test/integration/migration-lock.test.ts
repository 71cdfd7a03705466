import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { openCentral } from '../../src/database/open-central.ts'
import { migrateCentral, pendingCentralMigrations } from '../../src/migrations/migrate.ts'
import { type BedDriver, bedDrivers, placeFor } from '../support/bed-place.ts'

/** As the adapters name it. */
const takeLock: Readonly<Partial<Record<BedDriver, string>>> = {
  mariadb: `select get_lock(concat('surtidor migrate ', sha1(database())), 0)`,
  mysql: `select get_lock(concat('surtidor migrate ', sha1(database())), 0)`,
  postgres: `select pg_advisory_lock(hashtextextended('surtidor migrate ' || current_schema(), 0))`,
}

for (const driver of bedDrivers)
  describe(`a migration on ${driver}`, () => {
    const lock = takeLock[driver]
    test('waits for another one for longer than a statement may take', { skip: lock === undefined }, async () => {
      await using place = await placeFor(driver)
      await using other = await openCentral(place.address, { connections: 1 })
      await sql.raw(lock ?? '').execute(other)
      await using db = await openCentral(place.address, { deadlineSeconds: 3 })

      const migrating = migrateCentral(db)
      await assertStillWaiting(db, migrating)
      await other.destroy()
      await migrating

      assert.deepEqual((await pendingCentralMigrations(db)).names, [])
    })
  })

async function assertStillWaiting<Tables>(db: Kysely<Tables>, migrating: Promise<unknown>): Promise<void> {
  const ended = await Promise.race([migrating.then(() => true), wait(4_500).then(() => false)])
  assert.equal(ended, false)
  assert.ok((await pendingCentralMigrations(db)).names.length > 0)
}
