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
  /** Missing and altered ones that the oracle tells: it knows what columns hold, and no rules of a table's own. */
  readonly told?: readonly [missing: number, altered: number]
}

const longName = (id: number) => `update inv_items set name = 'Un nombre de más de veinte letras' where id = ${id}`
const dearPrice = (id: number) => `update inv_values set "values" = 3000000000 where "itemId" = ${id}`
const taxed = (id: number) => `update inv_items set "taxId" = 9 where id = ${id}`
const categorized = (id: number) => `update inv_items set "categoryId" = 9 where id = ${id}`

const mysql: Narrowed = {
  tables: [
    'alter table tat_items modify name varchar(20) character set latin1 not null, modify price int not null',
    'alter table tat_items modify sku varchar(255) character set latin1 not null',
    'alter table tat_items modify brand varchar(255) character set utf8mb3',
    'alter table tat_categories modify name varchar(255) character set latin1 not null',
    'alter table cnf_taxes modify name varchar(255) character set latin1 not null, modify percentage decimal(5, 2) not null',
  ],
  products: {
    3: longName(3),
    4: `update inv_items set name = 'Arroz Ω' where id = 4`,
    5: dearPrice(5),
    6: `update inv_items set sku = 'SKU-Ω' where id = 6`,
    7: categorized(7),
    8: taxed(8),
    9: `update inv_items set "taxId" = 10 where id = 9`,
    10: `update inv_items set "brandId" = 9 where id = 10`,
    31: longName(31),
    32: dearPrice(32),
  },
}

const narrowed: Readonly<Record<BedDriver, Narrowed>> = {
  sqlite: {
    // A file has no widths: only a rule refuses a value.
    tables: ['alter table tat_items add column ruled text check (length(name) <= 20)'],
    products: { 3: longName(3), 31: longName(31) },
    told: [1, 1],
  },
  mariadb: mysql,
  mysql,
  postgres: {
    tables: [
      'alter table tat_items alter column name type varchar(20), alter column price type integer',
      'alter table tat_categories alter column name type varchar(20)',
      'alter table cnf_taxes alter column percentage type numeric(5, 2)',
    ],
    products: {
      3: longName(3),
      5: dearPrice(5),
      7: categorized(7),
      9: `update inv_items set "taxId" = 10 where id = 9`,
      31: longName(31),
      32: dearPrice(32),
    },
  },
}

for (const driver of bedDrivers)
  describe(`a store on ${driver} whose tables are narrower than the catalogue`, () => {
    test('is copied but for the products that do not fit, which are an outcome each', async () => {
      await using bed = await TestBed.open(driver)
      const { tables, products, told = [0, 0] } = narrowed[driver]
      await bed.addProducts(30)
      const { runId, companyId } = await bed.register()
      await bed.copy({ runId, companyId })
      await using store = await bed.store(runId)
      for (const statement of tables) await sql.raw(statement).execute(store)
      await bed.addProducts(50, 31)
      await addOdd(bed)
      for (const statement of Object.values(products)) await sql.raw(statement).execute(bed.central)
      await sql`update inv_items set name = 'Cambiado' where id in (1, 29, 40)`.execute(bed.central)
      await sql`update inv_items set status = 0 where id in (2, 11)`.execute(bed.central)

      const again = await bed.copyAgain(companyId)
      const third = await bed.copyAgain(companyId)

      const refused = Object.keys(products).map(Number)
      for (const run of [again, third]) {
        assert.deepEqual([run.state, run.errors], ['completed_with_errors', refused.length])
        const outcomes = await store
          .selectFrom('copy_outcomes')
          .select(['source_item_id as id', 'reason', 'outcome'])
          .where('run_id', '=', run.id)
          .orderBy('source_item_id')
          .execute()
        assert.deepEqual(
          outcomes,
          refused.map((id) => ({ id, reason: 'refused_by_store', outcome: 'error' })),
        )
      }
      assert.deepEqual([again.copied, again.updated], [20 - refused.filter((id) => id > 30).length, 2])
      assert.deepEqual(await names(store, [1, 3, 29, 40]), ['Cambiado', 'Producto 3', 'Cambiado', 'Cambiado'])
      const gone = await store
        .selectFrom('tat_items')
        .select('item_father_id as id')
        .where('source_state', '<>', 'active')
        .execute()
      assert.deepEqual(gone.map(({ id }) => id).sort(), [11, 2])
      const verified = await verifyRun(bed, third)
      assert.deepEqual([verified?.missing, verified?.altered, verified?.duplicated], [...told, 0])
      await sql`update tat_items set name = 'x' where item_father_id = 1`.execute(store)
      await sql`delete from tat_items where item_father_id = 29`.execute(store)
      const wrong = await verifyRun(bed, third)
      assert.deepEqual([wrong?.missing, wrong?.altered, wrong?.duplicated], [told[0] + 1, told[1] + 1, 0])
      const lines = bed.logged.filter(({ event }) => event === 'refused')
      assert.deepEqual(new Set(lines.map(({ product }) => product)), new Set(refused))
    })
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
    .values({ ...ofDistributor, name: 'Marca 😀' })
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
