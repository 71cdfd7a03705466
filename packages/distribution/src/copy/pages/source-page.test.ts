import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { bedDrivers } from '../../../test/support/bed-place.ts'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import { SourceCatalogue } from './source-page.ts'

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

    const [product] = await pageOf(bed, 1)

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

  const page = await pageOf(bed, 2)

  assert.deepEqual(
    page.map(({ brandName, unitName }) => [brandName, unitName]),
    [
      ['Marca 1', 'Caja 1'],
      [null, null],
    ],
  )
})

for (const driver of bedDrivers)
  test(`a page behind another has the images that one by itself has, on ${driver}`, async () => {
    await using bed = await TestBed.open(driver)
    await bed.addProducts(12)
    await bed.central.deleteFrom('inv_image_gallery').execute()
    const image = (itemId: number, img_path: string, rest: object = {}) =>
      ({ itemId, img_path, type: 'PRINCIPAL', deleted_at: null, ...rest }) as const
    const images = [
      ...[image(7, 'old'), image(7, 'new'), image(7, 'more', { type: 'GALERIA' })],
      ...[image(8, 'kept'), image(8, 'gone', { deleted_at: '2026-01-01 00:00:00' })],
      ...[image(9, 'only more', { type: 'GALERIA' }), image(6, 'before'), image(11, 'last')],
    ]
    for (const each of images)
      await bed.central
        .insertInto('inv_image_gallery')
        .values(each as never)
        .execute()
    const read = (catalogue: SourceCatalogue, afterId: number) => catalogue.readPage({ afterId, maxId: 11, limit: 6 })
    const source = { distributorId: bed.distributorId, baseLabel: 'Precio Regular' } as const
    const behind = new SourceCatalogue(bed.central, source)
    await read(behind, 0)
    bed.statements.length = 0

    const page = await read(behind, 6)

    // The images came by themselves, not with each product.
    assert.ok(bed.statements.some((text) => /from ["`]inv_image_gallery["`] where/.test(text)))
    assert.deepEqual(
      page.map(({ id, imagePath }) => [id, imagePath]),
      [7, 8, 9, 10, 11].map((id) => [id, { 7: 'new', 8: 'kept', 11: 'last' }[id] ?? null]),
    )
    assert.deepEqual(page, await read(new SourceCatalogue(bed.central, source), 6))
  })

function pageOf({ central, distributorId }: TestBed, maxId: number) {
  return new SourceCatalogue(central, { distributorId, baseLabel: 'Precio Regular' }).readPage({
    afterId: 0,
    maxId,
    limit: 10,
  })
}

for (const driver of bedDrivers)
  test(`a page has its images and names wherever it was thought to lie, on ${driver}`, async () => {
    await using bed = await TestBed.open(driver)
    await bed.addProducts(300)
    await oneCategoryEach(bed)
    const source = { distributorId: bed.distributorId, baseLabel: 'Precio Regular' } as const
    const read = (idsPerProduct: number) => {
      const range = { afterId: 0, maxId: 300, limit: 250, idsPerProduct }
      return new SourceCatalogue(bed.central, source).readPage(range)
    }

    const pages = [await read(Number.POSITIVE_INFINITY), await read(0.1), await read(1), await read(1.9)]

    const [first = []] = pages
    assert.equal(first.filter(({ imagePath }) => imagePath !== null).length, 125)
    assert.deepEqual(
      first.map(({ categoryName }) => categoryName),
      first.map(({ id }) => `Categoría ${id}`),
    )
    for (const page of pages) assert.deepEqual(page, first)
  })

/** More than are learnt at once. */
async function oneCategoryEach(bed: TestBed): Promise<void> {
  const ids = Array.from({ length: 300 }, (_, index) => index + 1)
  const categories = ids.map((id) => ({ id: id + 1_000, tenant_id: bed.distributorId, name: `Categoría ${id}` }))
  await bed.central.insertInto('inv_categories').values(categories).execute()
  await sql`update inv_items set "categoryId" = id + 1000`.execute(bed.central)
}
