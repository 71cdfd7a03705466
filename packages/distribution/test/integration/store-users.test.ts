import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { verifyRun } from '../../src/copy/verify/verify.ts'
import { migrateTenants } from '../../src/tenancy/migrate-tenants.ts'
import { provisionStore } from '../../src/tenancy/provision-store.ts'
import { here, type StorePlace } from '../../src/tenancy/store-hosting.ts'
import { bedDrivers } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'

const servers = bedDrivers.filter((driver) => driver !== 'sqlite')
const refusal = /^(ER_DBACCESS_DENIED_ERROR|ER_TABLEACCESS_DENIED_ERROR|ER_SPECIFIC_ACCESS_DENIED_ERROR|42501)$/

for (const driver of servers)
  describe(`a user for each store on ${driver}`, () => {
    test('stocks its store, and can neither read nor write another one, nor the centre, nor make tables', async () => {
      await using bed = await TestBed.open(driver, { users: 'own' })
      await bed.addProducts(5)
      const [first, second] = [await bed.register(), await bed.register()]
      await bed.copy(first)
      await bed.copy(second)
      const [placeOfFirst, placeOfSecond] = [await placeOf(bed, first), await placeOf(bed, second)]

      await using store = await bed.stores.open(placeOfFirst)
      const user = await userOf(store)

      assert.equal((await verifyRun(bed, await bed.run(first.runId)))?.checked, 5)
      assert.equal(user, placeOfFirst.user)
      assert.notEqual(placeOfFirst.user, placeOfSecond.user)
      const other = sql.id(placeOfSecond.name ?? '', 'tat_items')
      const central = sql.id(driver === 'postgres' ? 'public' : bed.installation, 'tenants')
      for (const forbidden of [
        sql`select * from ${other}`,
        sql`update ${other} set price = 1`,
        sql`select db_password from ${central}`,
        sql`create table mine (id integer)`,
        sql`drop table tat_items`,
        sql`alter table tat_items add column mine integer`,
      ])
        await assert.rejects(forbidden.execute(store), isRefusal)
    })

    test('has its password nowhere but sealed in the registry', async () => {
      await using bed = await TestBed.open(driver, { users: 'own' })
      await bed.addProducts(2)
      const first = await bed.register()
      await bed.copy(first)

      const { user, password } = await placeOf(bed, first)

      assert.match(user ?? '', /^st_\d+_[0-9a-f]{16}$/)
      assert.match(password ?? '', /^v1:/)
      assert.doesNotMatch(bed.statements.join('\n') + JSON.stringify(bed.logged), /identified|password '|v1:/)
    })

    test('is the same for several workers that make the store at once', async () => {
      await using bed = await TestBed.open(driver, { users: 'own' })
      const { companyId } = await bed.register()
      const { id } = await bed.tenantOf(companyId)

      const stores = await Promise.all([1, 2, 3, 4].map(() => provisionStore(bed, id)))

      const users = await Promise.all(stores.map(userOf))
      await Promise.all(stores.map((store) => store.destroy()))
      assert.deepEqual([...new Set(users)], [(await bed.tenantOf(companyId)).place.user])
    })

    test('is given to stores that were there, and to their later tables', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(3)
      const first = await bed.register()
      await bed.copy(first)
      await using stores = {
        ...bed,
        stores: bed.storesWith({ users: 'own' }),
        [Symbol.asyncDispose]: async () => undefined,
      }

      const { migrated, failures } = await migrateTenants(stores)

      assert.deepEqual([migrated, failures], [1, []])
      const place = await placeOf(bed, first)
      await using admin = await bed.stores.create(place)
      await sql`create table later (id integer)`.execute(admin)
      await using store = await stores.stores.open(place)
      assert.equal(await userOf(store), place.user)
      assert.equal((await store.selectFrom('tat_items').select('id').execute()).length, 4)
      await sql`insert into later values (1)`.execute(store)
      assert.equal((await migrateTenants(stores)).behind, 0)
    })

    test('a server that makes no users is named, and so is what to do', async () => {
      await using bed = await TestBed.open(driver, { users: 'own' })
      const first = await bed.register()
      await bed.copy(first)
      const limited = await bed.storesAs(await placeOf(bed, first))
      const { companyId } = await bed.register()
      const { place } = await bed.tenantOf(companyId)
      const credentials = limited.newCredentials(companyId)

      await assert.rejects(limited.makeUser({ ...place, ...credentials }), (error: Error) => {
        assert.match(error.message, /STORES_USERS=shared/)
        assert.equal(error.cause, undefined)
        return true
      })
    })
  })

for (const driver of servers.filter((each) => each !== 'postgres'))
  test(`a name with _ lets its user on ${driver} into no other that differs there`, async () => {
    await using bed = await TestBed.open(driver, { users: 'own' })
    const { companyId } = await bed.register()
    const { id } = await bed.tenantOf(companyId)
    const name = `${bed.installation}_a_b`
    await bed.central.updateTable('tenants').set({ db_name: name }).where('id', '=', id).execute()
    await (await bed.stores.create(here(`${bed.installation}_axb`))).destroy()

    await using store = await provisionStore(bed, id)

    await assert.rejects(sql`select * from ${sql.id(`${bed.installation}_axb`, 'tat_items')}`.execute(store), isRefusal)
  })

function isRefusal(error: unknown): boolean {
  return refusal.test(String(Object(error).code))
}

async function placeOf(bed: TestBed, { companyId }: { readonly companyId: number }): Promise<StorePlace> {
  return (await bed.tenantOf(companyId)).place
}

async function userOf(store: Awaited<ReturnType<TestBed['store']>>): Promise<string | undefined> {
  const { rows } = await sql<{ name: string }>`select current_user as name`.execute(store)
  return rows[0]?.name.replace('@%', '')
}
