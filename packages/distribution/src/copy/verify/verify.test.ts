import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import { type Verification, verifyRun } from './verify.ts'
import { expectedPageSize } from './verify-source.ts'

type Damage = (store: StoreDatabase) => Promise<unknown>

const dropUniqueKeys: Damage = async (store) => {
  for (const table of ['tat_items', 'tat_categories']) {
    await sql`alter table ${sql.table(table)} rename to original`.execute(store)
    await sql`create table ${sql.table(table)} as select * from original`.execute(store)
    await sql`drop table original`.execute(store)
  }
}

const rows = (text: TemplateStringsArray) => (store: StoreDatabase) => sql.raw(text.join('')).execute(store)

const planted: readonly (readonly [title: string, damage: readonly Damage[], found: Partial<Verification>])[] = [
  ['nothing', [], {}],
  ['three missing products', [rows`delete from tat_items where item_father_id in (5, 6, 7)`], { missing: 3 }],
  ['a missing GENERICO', [rows`delete from tat_items where sku = 'GENERICO'`], { missing: 1 }],
  ['a wrong price', [rows`update tat_items set price = price + 100 where item_father_id = 9`], { altered: 1 }],
  ['a wrong cost', [rows`update tat_items set cost = cost - 1 where item_father_id = 9`], { altered: 1 }],
  ['a wrong name', [rows`update tat_items set name = 'x' where item_father_id = 9`], { altered: 1 }],
  ['a wrong sku', [rows`update tat_items set sku = 'x' where item_father_id = 9`], { altered: 1 }],
  ['a wrong image', [rows`update tat_items set img_path = 'x' where item_father_id = 9`], { altered: 1 }],
  ['a wrong status', [rows`update tat_items set status = 0 where item_father_id = 9`], { altered: 1 }],
  ['a lost category', [rows`update tat_items set categoryId = null where item_father_id = 9`], { altered: 1 }],
  ['a wrong brand', [rows`update tat_items set brand = 'x' where item_father_id = 9`], { altered: 1 }],
  ['a wrong unit', [rows`update tat_items set unit = 'x' where item_father_id = 9`], { altered: 1 }],
  ['a wrong hash', [rows`update tat_items set content_hash = 'x' where item_father_id = 9`], { altered: 1 }],
  [
    'a product that is sold and stands as discontinued',
    [rows`update tat_items set source_state = 'discontinued' where item_father_id = 9`],
    { altered: 1 },
  ],
  [
    'a SKU that two products have exchanged',
    [rows`update tat_items set sku = 'SKU-' || (19 - item_father_id) where item_father_id in (9, 10)`],
    { altered: 2 },
  ],
  ['no hash, which is for the next copy', [rows`update tat_items set content_hash = null`], {}],
  ['a lost tax', [rows`update tat_items set taxId = null where item_father_id = 9`], { altered: 1 }],
  [
    'a price made by another strategy',
    [rows`update tat_items set price_strategy = 'margin-30@2' where item_father_id = 9`],
    { altered: 1 },
  ],
  [
    'a price that nobody made',
    [rows`update tat_items set price_strategy = null where item_father_id = 9`],
    { altered: 1 },
  ],
  ['a tax with another name', [rows`update cnf_taxes set name = 'x' where percentage = 19`], { altered: 15 }],
  [
    'a category with another name',
    [rows`update tat_categories set name = 'x' where source_category_id = 1`],
    { altered: 10 },
  ],
  ['a tax with another percentage', [rows`update cnf_taxes set percentage = 7 where percentage = 19`], { altered: 15 }],
  [
    'a source that does not exist',
    [rows`update tat_items set item_father_id = 999, sku = 'x' where item_father_id = 9`],
    { altered: 1, missing: 1 },
  ],
  [
    'a row of another company',
    [rows`update tat_items set company_id = 77 where item_father_id = 9`],
    { altered: 1, missing: 1 },
  ],
  [
    'an own product besides',
    [rows`insert into tat_items (item_father_id, company_id, sku, name, cost, price) values (0, 1, 'P', 'P', 1, 1)`],
    {},
  ],
  ['a changed stock', [rows`update tat_items set stock = 5`], {}],
  [
    'duplicated products',
    [dropUniqueKeys, rows`insert into tat_items select * from tat_items where item_father_id in (3, 4)`],
    { duplicated: 2 },
  ],
  [
    'a duplicated category and GENERICO',
    [
      dropUniqueKeys,
      rows`insert into tat_categories select * from tat_categories where source_category_id = 2`,
      rows`update tat_categories set id = 100 + rowid where rowid > 3`,
      rows`insert into tat_items select * from tat_items where sku = 'GENERICO'`,
    ],
    { duplicated: 2 },
  ],
]

for (const [title, damage, found] of planted) {
  test(`the oracle finds ${title}`, async () => {
    await using bed = await TestBed.open()
    await bed.addProducts(30)
    const copied = await bed.register()
    await bed.copy(copied)
    await using store = await bed.store(copied.runId)
    await sql`pragma foreign_keys = off`.execute(store)
    for (const each of damage) await each(store)

    const result = await verifyRun(bed, { id: copied.runId, companyId: copied.companyId })

    const { details, companyId, ...counts } = result ?? assert.fail('no trace of the run')
    assert.deepEqual(counts, { checked: 30, missing: 0, duplicated: 0, altered: 0, ...found })
    assert.equal(details.length, Math.min(20, counts.missing + counts.duplicated + counts.altered))
    assert.equal(companyId, copied.companyId)
  })
}

for (const products of [expectedPageSize, 2 * expectedPageSize + 1]) {
  test(`the oracle looks at every page of ${products} products`, async () => {
    await using bed = await TestBed.open()
    await bed.addProducts(products)
    const { companyId, runId } = await bed.register()
    await bed.copy({ companyId, runId })
    await using store = await bed.store(runId)
    const whole = await verifyRun(bed, { id: runId, companyId })
    const ends = [1, expectedPageSize, products]
    await sql`delete from tat_items where item_father_id in (${sql.join(ends)})`.execute(store)
    await sql`
      insert into tat_items (item_father_id, company_id, sku, name, cost, price)
      values (${products + 1}, ${companyId}, 'DE MÁS', 'De más', 1, 1)`.execute(store)

    const result = await verifyRun(bed, { id: runId, companyId })

    const counts = { companyId, checked: products, missing: 0, duplicated: 0, altered: 0 }
    assert.deepEqual(whole, { ...counts, details: [] })
    assert.deepEqual({ ...result, details: [] }, { ...counts, missing: new Set(ends).size, altered: 1, details: [] })
  })
}

test('no page of the distributor is sorted out of all that are left', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(30)
  const { companyId, runId } = await bed.register()
  await bed.copy({ companyId, runId })
  bed.statements.length = 0

  await verifyRun(bed, { id: runId, companyId })

  const ofProducts =
    bed.statements.find((statement) => /from inv_items item/.test(statement)) ?? assert.fail('not read')
  const plan = await sql<{
    readonly detail: string
  }>`explain query plan ${sql.raw(ofProducts.replaceAll('?', '1'))}`.execute(bed.central)
  assert.doesNotMatch(plan.rows.map(({ detail }) => detail).join(), /TEMP B-TREE/)
})

test('the oracle goes by the rules: no price, a floor, no category, a deactivated product, a later one', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(40)
  await sql`update inv_values set "values" = itemId * 5 where itemId between 1 and 25`.execute(bed.central)
  await sql`delete from inv_values where itemId = 30`.execute(bed.central)
  await sql`update inv_items set categoryId = null, taxId = null where id = 31`.execute(bed.central)
  await sql`update inv_categories set deleted_at = '2026-01-01 00:00:00' where id = 3`.execute(bed.central)
  const { companyId, runId } = await bed.register()
  await bed.copy({ companyId, runId })
  await sql`update inv_items set status = 0, name = 'Retirado' where id = 33`.execute(bed.central)
  await sql`insert into inv_items (tenant_id, name, sku) values (${bed.distributorId}, 'Tarde', 'TARDE')`.execute(
    bed.central,
  )

  const before = await verifyRun(bed, { id: runId, companyId })
  const { id } = await bed.copyAgain(companyId)
  const after = await verifyRun(bed, { id, companyId })

  const retired = { kind: 'altered', sourceId: 33, sku: 'SKU-33', fields: ['sourceState'] }
  assert.deepEqual(before, { companyId, checked: 39, missing: 0, duplicated: 0, altered: 1, details: [retired] })
  assert.deepEqual(after, { companyId, checked: 40, missing: 0, duplicated: 0, altered: 0, details: [] })
})

test('the oracle finds two products that have one SKU, which the store has not called alike itself', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(12)
  await sql`update inv_items set sku = ' SKU-3' where id = 7`.execute(bed.central)
  await sql`update tenants set copy_rules = ${'{"policies":{"skuConflict":"suffix"}}'}`.execute(bed.central)
  const { companyId, runId } = await bed.register()
  await bed.copy({ companyId, runId })
  await using store = await bed.store(runId)
  await sql`update tat_items set sku = ' SKU-3', content_hash = null where sku = 'SKU-3-2'`.execute(store)
  await sql`update tat_items set sku = 'SKU-4', locked_fields = 'sku' where item_father_id = 5`.execute(store)

  const result = await verifyRun(bed, { id: runId, companyId })

  const twin = { kind: 'duplicated', sourceId: 7, sku: ' SKU-3', fields: ['sku'] }
  assert.deepEqual(result?.details, [twin])
})

for (const [title, last] of [
  ['short', 10],
  ['longer than is read at once', 50_001],
] as const) {
  test(`the oracle expects the latest of a price history that is ${title}`, async () => {
    await using bed = await TestBed.open()
    await bed.addProducts(3)
    // Of one day the one that was changed last, of those the one that came last, here of 7,000 pesos.
    await sql`
      insert into inv_values (date, updated_at, "values", type, "itemId", label)
      with recursive history (i) as (select 1 union all select i + 1 from history where i < ${last})
      select '2099-01-01 00:00:00', case when i in (4, 5) then '2099-01-03 00:00:00' else '2099-01-02 00:00:00' end,
        case when i = 5 then 7000 else 9000 + i end, 'precio', 2, 'Precio Regular'
      from history`.execute(bed.central)
    const { companyId, runId } = await bed.register()
    await bed.copy({ companyId, runId })
    await using store = await bed.store(runId)
    const { cost } = await store
      .selectFrom('tat_items')
      .select('cost')
      .where('item_father_id', '=', 2)
      .executeTakeFirstOrThrow()

    const result = await verifyRun(bed, { id: runId, companyId })

    assert.equal(cost, 7000)
    assert.deepEqual(result, { companyId, checked: 3, missing: 0, duplicated: 0, altered: 0, details: [] })
  })
}

for (const [title, last] of [
  ['few', 3],
  ['more than are read at once', 50_001],
] as const) {
  test(`the oracle expects the newest of ${title} principal images`, async () => {
    await using bed = await TestBed.open()
    await bed.addProducts(3)
    await sql`
      insert into inv_image_gallery ("itemId", img_path, type)
      with recursive history (i) as (select 1 union all select i + 1 from history where i < ${last})
      select 2, 'foto-' || i || '.webp', 'PRINCIPAL' from history`.execute(bed.central)
    const { companyId, runId } = await bed.register()
    await bed.copy({ companyId, runId })
    await using store = await bed.store(runId)
    const { img_path } = await store
      .selectFrom('tat_items')
      .select('img_path')
      .where('item_father_id', '=', 2)
      .executeTakeFirstOrThrow()

    const result = await verifyRun(bed, { id: runId, companyId })

    assert.equal(img_path, `foto-${last}.webp`)
    assert.deepEqual(result, { companyId, checked: 3, missing: 0, duplicated: 0, altered: 0, details: [] })
  })
}

test('a run that never reached its store has no verdict', async () => {
  await using bed = await TestBed.open()
  const { runId, companyId } = await bed.register()

  assert.equal(await verifyRun(bed, { id: runId, companyId }), undefined)
})
