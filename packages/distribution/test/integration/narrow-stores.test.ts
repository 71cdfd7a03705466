import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { verifyRun } from '../../src/copy/verify/verify.ts'
import type { StoreDatabase } from '../../src/tenancy/store-databases.ts'
import { type BedDriver, bedDrivers } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'

interface Narrowed {
  /** What makes tables of a store narrower than the distributor's, as those of a store that was taken over may be. */
  readonly tables: readonly string[]
  /** What of the distributor's products does not fit then, by their ids. */
  readonly products: Readonly<Record<number, string>>
  /** Ids of those that a rule refuses: the oracle knows what columns hold, and no rules of a table's own. */
  readonly ruled: readonly number[]
  /** A rule that no row of a copy fulfils. */
  readonly broken: string
}

const longName = (id: number) => `update inv_items set name = 'Un nombre de más de veinte letras' where id = ${id}`
const dearPrice = (id: number) => `update inv_values set "values" = 3000000000 where "itemId" = ${id}`
const set = (id: number, change: string) => `update inv_items set ${change} where id = ${id}`

/** What none of the servers has room for, and what their rules refuse. */
const refusedByServers = {
  3: longName(3),
  5: dearPrice(5),
  7: set(7, '"categoryId" = 9'),
  9: set(9, '"taxId" = 10'),
  12: set(12, 'consumption_unit = 9'),
  13: set(13, `name = 'Producto 14'`),
  14: set(14, '"brandId" = null'),
  15: set(15, `name = 'Cuchillo'`),
  31: longName(31),
  32: dearPrice(32),
}

const mysql: Narrowed = {
  tables: [
    'alter table tat_items modify name varchar(20) character set latin1 not null, modify price int not null',
    'alter table tat_items modify sku varchar(255) character set latin1 not null',
    `update tat_items set brand = '' where item_father_id = 0`,
    "alter table tat_items modify brand varchar(255) character set utf8mb3 not null default ''",
    'alter table tat_items modify img_path text character set ascii',
    `alter table tat_items add constraint no_pound check (unit is null or unit <> 'Libra')`,
    'alter table tat_categories modify name varchar(255) character set latin1 not null',
    'alter table cnf_taxes modify name varchar(255) character set latin1 not null, modify percentage decimal(5, 2) not null',
    'create unique index own_names on tat_items (company_id, name)',
    `create trigger no_knives before update on tat_items for each row
      if new.name = 'Cuchillo' then signal sqlstate '45000' set message_text = 'no'; end if`,
  ],
  products: {
    ...refusedByServers,
    4: set(4, `name = 'Arroz Ω'`),
    6: set(6, `sku = 'SKU-Ω'`),
    8: set(8, '"taxId" = 9'),
    10: set(10, '"brandId" = 9'),
  },
  ruled: [12, 13, 14, 15],
  broken: 'alter table tat_items modify content_hash varchar(3) null default null',
}

const narrowed: Readonly<Record<BedDriver, Narrowed>> = {
  sqlite: {
    // A file has no widths: only a rule refuses a value.
    tables: [
      'alter table tat_items add column ruled text check (length(name) <= 20)',
      `create trigger no_knives before update on tat_items when new.name = 'Cuchillo' begin select raise(abort, 'no'); end`,
    ],
    products: { 3: longName(3), 15: set(15, `name = 'Cuchillo'`), 31: longName(31) },
    ruled: [3, 15, 31],
    broken: 'alter table tat_items add column broken text check (length(content_hash) < 3)',
  },
  mariadb: mysql,
  mysql,
  postgres: {
    tables: [
      'alter table tat_items alter column name type varchar(20), alter column price type integer',
      'alter table tat_categories alter column name type varchar(20)',
      'alter table cnf_taxes alter column percentage type numeric(5, 2)',
      `alter table tat_items add constraint no_pound check (unit <> 'Libra')`,
      `update tat_items set brand = '' where item_father_id = 0`,
      "alter table tat_items alter column brand set default '', alter column brand set not null",
      'create unique index own_names on tat_items (company_id, name)',
      `create function refuse() returns trigger language plpgsql as $$
        begin if new.name = 'Cuchillo' then raise exception 'no'; end if; return new; end $$`,
      'create trigger no_knives before update on tat_items for each row execute function refuse()',
    ],
    products: refusedByServers,
    ruled: [12, 13, 14, 15],
    broken: 'alter table tat_items alter column content_hash type varchar(3) using null',
  },
}

for (const driver of bedDrivers)
  describe(`a store on ${driver} whose tables are narrower than the catalogue`, () => {
    const { tables, products, ruled, broken } = narrowed[driver]
    const refused = Object.keys(products).map(Number)

    test('is copied but for the products that do not fit, which are an outcome each', async () => {
      await using bed = await TestBed.open(driver)
      await addOdd(bed)
      await bed.addProducts(30)
      await sql`update inv_items set ${sql.ref('brandId')} = 8`.execute(bed.central)
      const { runId, companyId } = await bed.register()
      await bed.copy({ runId, companyId })
      await using store = await bed.store(runId)
      for (const statement of tables) await sql.raw(statement).execute(store)
      await bed.addProducts(50, 31)
      await sql`update inv_items set ${sql.ref('brandId')} = 8`.execute(bed.central)
      for (const statement of Object.values(products)) await sql.raw(statement).execute(bed.central)
      await sql`update inv_items set name = 'Cambiado' where id = 29`.execute(bed.central)
      await sql`update inv_items set status = 0 where id in (2, 11)`.execute(bed.central)

      const again = await bed.copyAgain(companyId)
      const third = await bed.copyAgain(companyId)

      for (const run of [again, third]) {
        assert.deepEqual([run.state, run.errors], ['completed_with_errors', refused.length])
        assert.deepEqual(
          await outcomesOf(store, run.id),
          refused.map((id) => ({ id, reason: 'refused_by_store', outcome: 'error' })),
        )
        assert.equal(run.processed, run.total)
      }
      assert.equal(again.copied, 20 - refused.filter((id) => id > 30).length)
      assert.deepEqual(await names(store, [1, 3, 29, 40]), ['Producto 1', 'Producto 3', 'Cambiado', 'Producto 40'])
      assert.deepEqual(await goneIds(store), [2, 11])
      const told = [ruled.filter((id) => id > 30).length, ruled.filter((id) => id <= 30).length] as const
      const verified = await verifyRun(bed, third)
      assert.deepEqual([verified?.missing, verified?.altered, verified?.duplicated], [...told, 0])
      await sql`update tat_items set name = 'x' where item_father_id = 1`.execute(store)
      await sql`delete from tat_items where item_father_id = 29`.execute(store)
      const wrong = await verifyRun(bed, third)
      assert.deepEqual([wrong?.missing, wrong?.altered, wrong?.duplicated], [told[0] + 1, told[1] + 1, 0])
      const lines = bed.logged.filter(({ event }) => event === 'refused')
      assert.deepEqual(new Set(lines.map(({ product }) => product)), new Set(refused))
    })

    test('gives the SKU of a product that does not fit to no other one', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(30)
      const { runId, companyId } = await bed.register()
      await bed.copy({ runId, companyId })
      await using store = await bed.store(runId)
      for (const statement of tables.slice(0, 1)) await sql.raw(statement).execute(store)
      await bed.addProducts(31, 31)
      await sql.raw(longName(20)).execute(bed.central)
      await sql.raw(set(20, `sku = 'NEW-20'`)).execute(bed.central)
      await sql.raw(set(3, `sku = 'SKU-20'`)).execute(bed.central)
      await sql.raw(longName(21)).execute(bed.central)
      await sql.raw(set(21, `sku = 'NEW-21'`)).execute(bed.central)
      await sql.raw(set(31, `sku = 'SKU-21'`)).execute(bed.central)

      const { errors, skipped } = await bed.copyAgain(companyId)

      assert.deepEqual([errors, skipped], [2, 1])
      const rows = await store.selectFrom('tat_items').select('sku').where('item_father_id', '>', 0).execute()
      assert.equal(new Set(rows.map(({ sku }) => sku)).size, 30)
    })

    test('fails as a whole where no product is to blame', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(30)
      const { runId, companyId } = await bed.register()
      await bed.copy({ runId, companyId })
      await using store = await bed.store(runId)
      await sql`update tat_items set content_hash = null`.execute(store)
      await sql.raw(broken).execute(store)
      await sql`update inv_items set name = 'Cambiado'`.execute(bed.central)

      await assert.rejects(bed.copyAgain(companyId), /content_hash|too long/)

      assert.equal((await outcomesOf(store, 2)).length, 0)
      assert.equal(bed.logged.filter(({ event }) => event === 'refused').length, 0)
    })

    test('tells the first twenty products that do not fit in the log, and all in the report', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(100)
      const { runId, companyId } = await bed.register()
      await bed.copy({ runId, companyId })
      await using store = await bed.store(runId)
      for (const statement of tables.slice(0, 1)) await sql.raw(statement).execute(store)
      await sql`update inv_items set name = 'Un nombre de más de veinte letras'`.execute(bed.central)

      const { id, errors } = await bed.copyAgain(companyId)

      assert.equal(errors, 100)
      assert.equal((await outcomesOf(store, id)).length, 100)
      assert.equal(bed.logged.filter(({ event }) => event === 'refused').length, 20)
    })
  })

for (const driver of bedDrivers.filter((each) => each === 'mariadb' || each === 'mysql'))
  test(`the oracle on ${driver} tells a mistake in a product whose SKU fits because the store has locked it`, async () => {
    await using bed = await TestBed.open(driver)
    await bed.addProducts(12)
    const { runId, companyId } = await bed.register()
    await bed.copy({ runId, companyId })
    await using store = await bed.store(runId)
    await sql`alter table tat_items modify sku varchar(255) character set latin1 not null`.execute(store)
    await sql`update tat_items set locked_fields = 'sku' where item_father_id = 3`.execute(store)
    await sql`update inv_items set sku = concat('SKU-Ω-', id) where id in (3, 4)`.execute(bed.central)
    const { id, errors } = await bed.copyAgain(companyId)
    await sql`update tat_items set name = 'x' where item_father_id in (3, 4)`.execute(store)

    const verified = await verifyRun(bed, { id, companyId })

    assert.equal(errors, 1)
    assert.deepEqual(
      verified?.details.map(({ sourceId, fields }) => [sourceId, fields]),
      [[3, ['name']]],
    )
  })

/** What of the distributor's lists does not fit. */
async function addOdd({ central, distributorId }: TestBed): Promise<void> {
  const ofDistributor = { id: 9, tenant_id: distributorId }
  await central
    .insertInto('inv_categories')
    .values({ ...ofDistributor, name: 'Más de veinte letras, con Ω' })
    .execute()
  await central
    .insertInto('inv_item_brand')
    .values([
      { ...ofDistributor, name: 'Marca 😀' },
      { id: 8, tenant_id: distributorId, name: 'Marca' },
    ])
    .execute()
  await central
    .insertInto('inv_unit_measurements')
    .values({ ...ofDistributor, description: 'Libra' })
    .execute()
  const taxes = [
    { id: 9, name: 'IVA 日本', percentage: 19 },
    { id: 10, name: 'IVA raro', percentage: 5.555 },
  ]
  await central.insertInto('cnf_taxes').values(taxes).execute()
}

async function names(store: StoreDatabase, ids: readonly number[]): Promise<readonly string[]> {
  const rows = await store
    .selectFrom('tat_items')
    .select('name')
    .where('item_father_id', 'in', ids)
    .orderBy('item_father_id')
    .execute()
  return rows.map(({ name }) => name)
}

async function goneIds(store: StoreDatabase): Promise<readonly number[]> {
  const rows = await store
    .selectFrom('tat_items')
    .select('item_father_id as id')
    .where('source_state', '<>', 'active')
    .orderBy('item_father_id')
    .execute()
  return rows.map(({ id }) => id)
}

async function outcomesOf(store: StoreDatabase, runId: number) {
  return store
    .selectFrom('copy_outcomes')
    .select(['source_item_id as id', 'reason', 'outcome'])
    .where('run_id', '=', runId)
    .where('outcome', '=', 'error')
    .orderBy('source_item_id')
    .execute()
}
