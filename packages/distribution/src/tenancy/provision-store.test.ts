import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type LogEvent, sql } from 'kysely'
import { comesTrue } from '../../../queue/test/support/eventually.ts'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { migrateCentral } from '../migrations/migrate.ts'
import { currentStoreSchema } from '../migrations/store-schema.ts'
import { ForeignStoreDatabaseError } from './foreign-tables.ts'
import { StoresBusyError } from './open-slots.ts'
import { provisionStore, StoreAhead } from './provision-store.ts'
import type { StorePlace } from './store-hosting.ts'
import { ensureStoreTenant, UnknownStoreTenantError } from './store-tenants.ts'

test('a new store gets its tables, its GENERICO and its mark, in a database named after the installation', async () => {
  await using bed = await TestBed.open()
  const tenantId = await registeredTenant(bed)
  const before = await readTenant(bed, tenantId)

  await using store = await provisionStore(bed, tenantId)

  const generic = await store.selectFrom('tat_items').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual(
    [generic.sku, generic.name, generic.item_father_id, generic.stock, generic.cost, generic.price],
    ['GENERICO', 'PRODUCTO GENERICO', 0, 999_999, 0, 0],
  )
  assert.deepEqual([generic.categoryId, generic.taxId], [null, null])
  assert.match(before.db_name ?? '', /^surtidor_\d+_[0-9a-f]{16}$/)
  assert.deepEqual([before.database_setup, (await readTenant(bed, tenantId)).database_setup], [0, 1])
})

test('a database that was ready and is gone is made anew, and that is told once', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(2)
  const first = await bed.register()
  await bed.copy(first)
  const { id, place } = await bed.tenantOf(first.companyId)
  await bed.central
    .updateTable('tenants')
    .set({ db_name: `${place.name}0` })
    .where('id', '=', id)
    .execute()

  const again = await bed.copyAgain(first.companyId)

  assert.deepEqual([again.state, again.copied], ['completed', 2])
  const told = bed.logged.filter(({ event }) => event === 'store_missing')
  assert.equal(told.length, 1)
  assert.match(told[0]?.msg ?? '', /ya no está .*0\.sqlite.*copia de seguridad/)
})

test('one that is gone is told too where it had the tables of an earlier release, and nothing where nothing is made', async () => {
  await using bed = await TestBed.open()
  const first = await bed.register()
  await bed.copy(first)
  const { id, place } = await bed.tenantOf(first.companyId)
  const gone = { db_name: `${place.name}0`, schema_version: 1 }
  await bed.central.updateTable('tenants').set(gone).where('id', '=', id).execute()
  const told = () => bed.logged.filter(({ event }) => event === 'store_missing').length

  await bed.copy(first)
  assert.equal(told(), 0)
  await bed.copyAgain(first.companyId)

  assert.equal(told(), 1)
})

test('provisioning again adds nothing', async () => {
  await using bed = await TestBed.open()
  const tenantId = await registeredTenant(bed)
  await using _first = await provisionStore(bed, tenantId)

  await using store = await provisionStore(bed, tenantId)

  assert.equal((await store.selectFrom('tat_items').select('id').execute()).length, 1)
})

for (const driver of bedDrivers)
  describe(`provisioning on ${driver}`, () => {
    test('several workers that provision the same store at once all succeed, with one GENERICO', async () => {
      await using bed = await TestBed.open(driver)
      const tenantId = await registeredTenant(bed)

      const stores = await Promise.all([1, 2, 3, 4, 5].map(() => provisionStore(bed, tenantId)))

      const [store] = stores
      assert.equal((await store?.selectFrom('tat_items').select('id').execute())?.length, 1)
      await Promise.all(stores.map((each) => each.destroy()))
    })

    test('a store whose making is cut behind any statement is not ready, and is completed by the next attempt', async () => {
      let statementsLeft = Number.POSITIVE_INFINITY
      const log = ({ query }: LogEvent) => {
        if (!/^(create|insert into .kysely)/.test(query.sql)) return
        statementsLeft -= 1
        if (statementsLeft < 1) throw new Error('the power went out')
      }
      await using bed = await TestBed.open(driver, { log, mostOpen: 2 })

      let cuts = 0
      for (;;) {
        const { companyId } = await bed.register()
        const { id } = await bed.tenantOf(companyId)
        statementsLeft = cuts + 1
        const cut = await provisionStore(bed, id).then(
          (store) => store.destroy(),
          (error: Error) => error,
        )
        statementsLeft = Number.POSITIVE_INFINITY
        if (!cut) break
        cuts += 1
        assert.equal(cut.message, 'the power went out')
        const { isReady, schemaVersion } = await bed.tenantOf(companyId)
        assert.deepEqual([isReady, schemaVersion], [false, null])
        await using store = await provisionStore(bed, id)
        assert.equal((await store.selectFrom('tat_items').select('id').execute()).length, 1)
        assert.equal((await bed.tenantOf(companyId)).schemaVersion, currentStoreSchema.version)
      }
      assert.ok(cuts >= 6, `${cuts} statements`)
    })

    test('a database that was there before and is no store is refused, and left as it was', async () => {
      await using bed = await TestBed.open(driver)
      const { companyId } = await bed.register()
      const { id, place } = await bed.tenantOf(companyId)
      await using foreign = await bed.stores.create(place)
      await sql`create table copy_outcomes (in_the_way integer)`.execute(foreign)

      await assert.rejects(provisionStore(bed, id), (error) => {
        return error instanceof ForeignStoreDatabaseError && error.text.es.includes('tiene las tablas copy_outcomes')
      })

      const left = await foreign.introspection.getTables({ withInternalKyselyTables: true })
      assert.deepEqual(
        [left.map(({ name }) => name), (await bed.tenantOf(companyId)).isReady],
        [['copy_outcomes'], false],
      )
      await sql`drop table copy_outcomes`.execute(foreign)
      await using store = await provisionStore(bed, id)
      assert.equal((await store.selectFrom('tat_items').select('id').execute()).length, 1)
    })

    test('a database that an application with migrations of its own has made is refused', async () => {
      await using bed = await TestBed.open(driver)
      const { companyId } = await bed.register()
      const { id, place } = await bed.tenantOf(companyId)
      await using foreign = await bed.stores.create(place)
      await migrateCentral(foreign)

      await assert.rejects(provisionStore(bed, id), ForeignStoreDatabaseError)
    })

    test('a store that is opened ahead is the one that was asked for, or gives its place back', async () => {
      await using bed = await TestBed.open(driver, { mostOpen: 1 })
      const [first, second] = [await bed.register(), await bed.register()]
      const { id, place } = await bed.tenantOf(first.companyId)
      const other = await bed.tenantOf(second.companyId)
      for (const tenant of [id, other.id]) await (await provisionStore(bed, tenant)).destroy()
      bed.statements.length = 0
      {
        using _ahead = new StoreAhead(bed, first.companyId)
        assert.ok(await comesTrue(() => bed.statements.some((text) => text.includes('name from')), 10))
        assert.equal(await isBusy(bed, place), true)
      }
      assert.ok(await comesTrue(async () => !(await isBusy(bed, place)), 10))
      const companies = []
      for (const tenant of [id, other.id]) {
        using asked = new StoreAhead(bed, first.companyId)
        await using store = await asked.provision(tenant)
        companies.push((await store.selectFrom('tat_items').select('company_id').executeTakeFirst())?.company_id)
      }

      assert.deepEqual(companies, [first.companyId, second.companyId])
      assert.equal(await isBusy(bed, place), false)
    })

    test('a store that was ready and whose tables somebody dropped gets them again', async () => {
      await using bed = await TestBed.open(driver)
      const { companyId } = await bed.register()
      const { id, place } = await bed.tenantOf(companyId)
      await (await provisionStore(bed, id)).destroy()
      await using damaged = await bed.stores.create(place)
      for (const name of ['copy_outcomes', 'kysely_migration', 'kysely_migration_lock'])
        await damaged.schema.dropTable(name).execute()
      for (const name of ['copy_receipts', 'tat_restock_list', 'tat_items', 'tat_categories', 'cnf_taxes'])
        await damaged.schema.dropTable(name).execute()

      await using store = await provisionStore(bed, id)

      assert.equal((await store.selectFrom('tat_items').select('id').execute()).length, 1)
    })
  })

test('a store is given one database, however often it is asked for', async () => {
  await using bed = await TestBed.open()
  const { companyId } = await bed.register()

  const again = await bed.central
    .transaction()
    .execute((trx) => ensureStoreTenant({ trx, stores: bed.stores }, { companyId, name: 'Tienda', email: null }))

  const tenants = await bed.central.selectFrom('tenants').select('id').where('company_id', '=', companyId).execute()
  assert.deepEqual(
    tenants.map(({ id }) => id),
    [again],
  )
})

test('a tenant that is no store is refused with a sentence', async () => {
  await using bed = await TestBed.open()

  for (const id of ['nobody', bed.distributorId]) {
    await assert.rejects(provisionStore(bed, id), (error) => {
      return error instanceof UnknownStoreTenantError && error.text.es.includes(id)
    })
  }
})

/** The one place among the open databases is taken. */
async function isBusy(bed: TestBed, place: StorePlace): Promise<boolean> {
  try {
    await (await bed.stores.open(place, { waitSeconds: 0.01 })).destroy()
    return false
  } catch (error) {
    if (error instanceof StoresBusyError) return true
    throw error
  }
}

async function registeredTenant(bed: TestBed): Promise<string> {
  const { companyId } = await bed.register()
  const row = await bed.central
    .selectFrom('tenants')
    .select('id')
    .where('company_id', '=', companyId)
    .executeTakeFirstOrThrow()
  return row.id
}

function readTenant(bed: TestBed, id: string) {
  return bed.central
    .selectFrom('tenants')
    .select(['db_name', 'database_setup'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}
