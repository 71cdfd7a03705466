import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { ensureStoreTenant, provisionStore, UnknownStoreTenantError } from './provision-store.ts'
import { here } from './store-hosting.ts'

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

test('provisioning again adds nothing', async () => {
  await using bed = await TestBed.open()
  const tenantId = await registeredTenant(bed)
  await using _first = await provisionStore(bed, tenantId)

  await using store = await provisionStore(bed, tenantId)

  assert.equal((await store.selectFrom('tat_items').select('id').execute()).length, 1)
})

test('several workers that provision the same store at once all succeed, with one GENERICO', async () => {
  await using bed = await TestBed.open()
  const tenantId = await registeredTenant(bed)

  const stores = await Promise.all([1, 2, 3, 4, 5].map(() => provisionStore(bed, tenantId)))

  const [store] = stores
  assert.equal((await store?.selectFrom('tat_items').select('id').execute())?.length, 1)
  await Promise.all(stores.map((each) => each.destroy()))
})

test('a store whose making fails is never marked ready, leaves no half schema, and is completed by the next attempt', async () => {
  await using bed = await TestBed.open()
  const tenantId = await registeredTenant(bed)
  const { db_name: name } = await readTenant(bed, tenantId)
  await using file = await bed.stores.create(here(name ?? ''))
  await sql`create table copy_outcomes (in_the_way integer)`.execute(file)

  await assert.rejects(provisionStore(bed, tenantId), /already exists/)
  const halfMade = await file.introspection.getTables()
  const marked = (await readTenant(bed, tenantId)).database_setup
  await sql`drop table copy_outcomes`.execute(file)
  await using store = await provisionStore(bed, tenantId)

  assert.deepEqual([halfMade.map((table) => table.name), marked], [['copy_outcomes'], 0])
  assert.equal((await store.selectFrom('tat_items').select('id').execute()).length, 1)
  assert.equal((await readTenant(bed, tenantId)).database_setup, 1)
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
