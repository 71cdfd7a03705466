import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { privateMariadb } from '../../../queue/test/support/private-servers.ts'
import { openCentral } from '../../src/database/open-central.ts'
import { migrateCentral, pendingCentralMigrations } from '../../src/migrations/migrate.ts'
import { installationOn } from '../support/adopted-original.ts'
import { type BedDriver, bedDrivers, placeFor } from '../support/bed-place.ts'

/** As the adapters name it. */
const takeLock: Readonly<Partial<Record<BedDriver, string>>> = {
  mariadb: `select get_lock(concat('surtidor migrate ', sha1(database())), 0)`,
  mysql: `select get_lock(concat('surtidor migrate ', sha1(database())), 0)`,
  postgres: `select pg_advisory_lock(hashtextextended('surtidor migrate ' || current_schema(), 0))`,
}

for (const driver of bedDrivers) {
  const lock = takeLock[driver]
  // A migration of a file is one transaction.
  if (lock === undefined) continue
  test(`a migration on ${driver} waits for another one for longer than a statement may take`, async () => {
    await using place = await placeFor(driver)
    await using other = await openCentral(place.address, { connections: 1 })
    await sql.raw(lock).execute(other)
    await using db = await openCentral(place.address, { deadlineSeconds: 3 })

    const migrating = migrateCentral(db)
    await assertStillWaiting(db, migrating)
    await other.destroy()
    await migrating

    assert.deepEqual((await pendingCentralMigrations(db)).names, [])
  })
}

async function assertStillWaiting<Tables>(db: Kysely<Tables>, migrating: Promise<unknown>): Promise<void> {
  const ended = await Promise.race([migrating.then(() => true), wait(4_500).then(() => false)])
  assert.equal(ended, false)
  assert.ok((await pendingCentralMigrations(db)).names.length > 0)
}

if (privateMariadb)
  test('migrate leaves a table with many rows the time that it takes to change', async () => {
    await using server = await privateMariadb?.launch()
    assert.ok(server)
    await server.query('create database large')
    await server.query(`set global log_output = 'TABLE', global general_log = 1`)
    using installation = installationOn({ settings: { ...server.address, database: 'large' } })

    const { code, errors } = await installation.run('migrate')

    assert.deepEqual([code, errors], [0, ''])
    const [found] = await server.query(
      `select count(*) as sessions from mysql.general_log where argument like 'set session%max_statement_time = 300%'`,
    )
    assert.ok(Number(found?.sessions) > 0)
  })
