import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { type CentralDatabase, openCentral } from '../database/open-central.ts'
import { migrateCentral } from '../migrations/migrate.ts'
import { ensureDefaultDistributor, findDistributor, UnknownDistributorError } from './distributor.ts'

test('the default distributor is created once, however many processes ask at the same time', async (t) => {
  const path = await temporaryDatabase(t)
  const processes = await Promise.all([1, 2, 3, 4].map(() => openCentral({ driver: 'sqlite', path })))
  t.after(() => Promise.all(processes.map((central) => central.destroy())))

  const ids = await Promise.all(processes.map((central) => ensureDefaultDistributor(central)))

  assert.equal(new Set(ids).size, 1)
  assert.match(ids[0] ?? '', /^[0-9a-f-]{36}$/)
})

for (const driver of bedDrivers)
  test(`on ${driver} those who ask at the same time for the first one make one`, async () => {
    await using bed = await TestBed.open(driver)
    await bed.central.deleteFrom('tenants').execute()

    const ids = await Promise.all([1, 2, 3, 4].map(() => ensureDefaultDistributor(bed.central)))

    assert.equal(new Set(ids).size, 1)
    assert.equal((await bed.central.selectFrom('tenants').select('id').execute()).length, 1)
  })

test('without an id the distributor that was created first is found', async (t) => {
  const central = await openMigrated(t)
  const id = await ensureDefaultDistributor(central)
  await central
    .insertInto('tenants')
    .values({ id: '00000000-later', kind: 'distributor', name: 'Otra', created_at: '2999-01-01 00:00:00' })
    .execute()

  const found = await findDistributor(central)

  assert.deepEqual({ ...found }, { id, name: 'Distribuidora principal' })
  assert.equal((await findDistributor(central, '00000000-later')).name, 'Otra')
})

test('an id that is unknown, or belongs to a store, is refused with the id in the sentence', async (t) => {
  const central = await openMigrated(t)
  await ensureDefaultDistributor(central)
  await central.insertInto('tenants').values({ id: 'a-store', kind: 'store', name: 'Tienda' }).execute()

  for (const id of ['a-store', 'nobody', '']) {
    await assert.rejects(findDistributor(central, id), (error) => {
      assert.ok(error instanceof UnknownDistributorError)
      assert.ok(error.text.es.includes(JSON.stringify(id)))
      return true
    })
  }
})

test('a database without any distributor says to run migrate', async (t) => {
  const central = await openMigrated(t)

  await assert.rejects(findDistributor(central), /surtidor migrate/)
})

interface Scope {
  after(clean: () => Promise<unknown>): void
}

async function temporaryDatabase(t: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'surtidor-distributor-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'central.sqlite')
  await using central = await openCentral({ driver: 'sqlite', path })
  await migrateCentral(central)
  return path
}

async function openMigrated(t: Scope): Promise<CentralDatabase> {
  const central = await openCentral({ driver: 'sqlite', path: await temporaryDatabase(t) })
  t.after(() => central.destroy())
  return central
}
