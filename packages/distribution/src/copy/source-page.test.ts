import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { readSourcePage } from './source-page.ts'

type Price = readonly [date: string, updatedAt: string, pesos: number]

for (const [title, prices, expected] of [
  [
    'the later date wins, whatever changed last',
    [
      ['2026-02-01', '2026-02-01 08:00:00', 500],
      ['2026-01-01', '2026-03-01 08:00:00', 400],
    ],
    500,
  ],
  [
    'of two on the same date the later changed wins, though it is the older row',
    [
      ['2026-01-01', '2026-01-05 08:00:00', 700],
      ['2026-01-01', '2026-01-01 08:00:00', 600],
    ],
    700,
  ],
  [
    'of two that changed at the same moment the newer row wins',
    [
      ['2026-01-01', '2026-01-01 08:00:00', 800],
      ['2026-01-01', '2026-01-01 08:00:00', 900],
    ],
    900,
  ],
] as const satisfies readonly (readonly [string, readonly Price[], number])[]) {
  test(`the price of a product: ${title}`, async () => {
    await using bed = await TestBed.open()
    await bed.addProducts(1)
    await bed.central.deleteFrom('inv_values').execute()
    for (const price of prices) await addPrice(bed, price)

    const [product] = await readSourcePage(bed.central, {
      distributorId: bed.distributorId,
      afterId: 0,
      maxId: 1,
      limit: 10,
      baseLabel: 'Precio Regular',
    })

    assert.equal(product?.basePrice, expected)
  })
}

test('a copy takes the later changed of two prices with the same date', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(1)
  await bed.central.deleteFrom('inv_values').execute()
  await addPrice(bed, ['2026-01-01', '2026-01-05 08:00:00', 700])
  await addPrice(bed, ['2026-01-01', '2026-01-01 08:00:00', 600])
  const copied = await bed.register()

  await bed.copy(copied)

  await using store = await bed.store(copied.runId)
  const row = await store.selectFrom('tat_items').selectAll().where('sku', '=', 'SKU-1').executeTakeFirstOrThrow()
  assert.deepEqual([row.cost, row.price], [700, 1000])
})

async function addPrice(bed: TestBed, [date, updatedAt, pesos]: Price): Promise<void> {
  await bed.central
    .insertInto('inv_values')
    .values({
      itemId: 1,
      type: 'precio',
      label: 'Precio Regular',
      values: pesos,
      date,
      updated_at: updatedAt,
      warehouseId: null,
    })
    .execute()
}

test('brand and unit of another distributor reach no store', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(2)
  const other = 'another-distributor'
  await bed.central.insertInto('tenants').values({ id: other, kind: 'distributor', name: 'Otra' }).execute()
  for (const [id, tenant_id] of [
    [1, bed.distributorId],
    [2, other],
  ] as const) {
    await bed.central
      .insertInto('inv_item_brand')
      .values({ id, tenant_id, name: `Marca ${id}` })
      .execute()
    await bed.central
      .insertInto('inv_unit_measurements')
      .values({ id, tenant_id, description: `Caja ${id}` })
      .execute()
    await bed.central.updateTable('inv_items').set({ brandId: id, consumption_unit: id }).where('id', '=', id).execute()
  }

  const page = await readSourcePage(bed.central, {
    distributorId: bed.distributorId,
    afterId: 0,
    maxId: 2,
    limit: 10,
    baseLabel: 'Precio Regular',
  })

  assert.deepEqual(
    page.map(({ brandName, unitName }) => [brandName, unitName]),
    [
      ['Marca 1', 'Caja 1'],
      [null, null],
    ],
  )
})
