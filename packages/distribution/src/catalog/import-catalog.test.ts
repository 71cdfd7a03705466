import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { openTemporaryCatalog, type TemporaryCatalog } from '../../test/support/temporary-catalog.ts'
import { importCatalog } from './import-catalog.ts'
import { generatedPriceList } from './price-list-text.ts'

const header = 'sku;nombre;precio;categoria;iva;marca;unidad;imagen;estado\n'
const rice = 'A;Arroz;2000;Granos;5;Campo;Libra;arroz.png;1\n'
const salt = 'B;Sal;900;Abarrotes;19;Mar;Libra;;0\n'

function importText({ central, distributorId }: TemporaryCatalog, text: string) {
  return importCatalog({ central }, { distributorId, bytes: new TextEncoder().encode(text) })
}

const tables = [
  'inv_items',
  'inv_values',
  'inv_image_gallery',
  'inv_categories',
  'inv_item_brand',
  'inv_unit_measurements',
  'cnf_taxes',
] as const

async function dump({ central }: TemporaryCatalog): Promise<unknown> {
  return Promise.all(tables.map((table) => central.selectFrom(table).selectAll().orderBy('id').execute()))
}

function writes(catalog: TemporaryCatalog): readonly string[] {
  return catalog.statements.filter((statement) => /^(insert|update|delete)/.test(statement))
}

function catalogRows({ central }: TemporaryCatalog) {
  return central
    .selectFrom('inv_items as item')
    .leftJoin('inv_categories as category', 'category.id', 'item.categoryId')
    .leftJoin('cnf_taxes as tax', 'tax.id', 'item.taxId')
    .leftJoin('inv_item_brand as brand', 'brand.id', 'item.brandId')
    .leftJoin('inv_unit_measurements as unit', 'unit.id', 'item.consumption_unit')
    .leftJoin('inv_image_gallery as image', (join) =>
      join.onRef('image.itemId', '=', 'item.id').on('image.deleted_at', 'is', null),
    )
    .select(['item.sku', 'item.name', 'item.status', 'category.name as category', 'tax.name as tax'])
    .select(['tax.percentage', 'brand.name as brand', 'unit.description as unit', 'image.img_path as image'])
    .orderBy('item.sku')
    .execute()
    .then((rows) => rows.map((row) => Object.values(row).join('|')))
}

function prices({ central }: TemporaryCatalog, sku: string): Promise<readonly number[]> {
  return central
    .selectFrom('inv_values as value')
    .innerJoin('inv_items as item', 'item.id', 'value.itemId')
    .select('value.values')
    .where('item.sku', '=', sku)
    .where('value.label', '=', 'Precio Regular')
    .where('value.type', '=', 'precio')
    .where('value.warehouseId', 'is', null)
    .orderBy('value.date')
    .orderBy('value.updated_at')
    .orderBy('value.id')
    .execute()
    .then((rows) => rows.map((row) => row.values))
}

test('products arrive with category, tax, brand, unit, image and price, each made when it was missing', async () => {
  await using catalog = await openTemporaryCatalog()

  const report = await importText(catalog, header + rice + salt)

  assert.deepEqual(await catalogRows(catalog), [
    'A|Arroz|1|Granos|IVA 5%|5|Campo|Libra|arroz.png',
    'B|Sal|0|Abarrotes|IVA 19%|19|Mar|Libra|',
  ])
  assert.deepEqual([await prices(catalog, 'A'), await prices(catalog, 'B')], [[2000], [900]])
  assert.deepEqual([report.lines, report.created, report.prices, report.withoutPrice], [2, 2, 2, 0])
})

test('the same list again writes nothing', async () => {
  await using catalog = await openTemporaryCatalog()
  const list = `${header}${rice}${salt}A;Arroz;2100,5;Granos;5;Campo;Libra;arroz.png;1\nC;Té;;;;;;;\n`
  await importText(catalog, list)
  for (const table of tables)
    await catalog.central.updateTable(table).set({ updated_at: '2020-01-01 00:00:00' }).execute()
  const stored = await dump(catalog)
  catalog.statements.length = 0

  const report = await importText(catalog, list)

  assert.deepEqual(await dump(catalog), stored)
  assert.deepEqual(writes(catalog), [])
  assert.deepEqual([report.created, report.updated, report.unchanged, report.prices], [0, 0, 3, 0])
  assert.equal(report.withoutPrice, 1)
})

test('a changed price is a new row behind which the history stays, even three times in one second', async () => {
  await using catalog = await openTemporaryCatalog()

  for (const price of ['2000', '2100', '1900', '1900']) {
    await importText(catalog, `sku;nombre;precio\nA;Arroz;${price}\n`)
  }

  assert.deepEqual(await prices(catalog, 'A'), [2000, 2100, 1900])
})

test('a price that a clock ahead of ours wrote is replaced all the same', async () => {
  await using catalog = await openTemporaryCatalog()
  await importText(catalog, header + rice)
  await catalog.central
    .updateTable('inv_values')
    .set({ date: '2999-01-01 00:00:00', updated_at: '2999-01-02 00:00:00' })
    .execute()

  const report = await importText(catalog, header + rice.replace('2000', '1500'))
  const again = await importText(catalog, header + rice.replace('2000', '1500'))

  assert.deepEqual(await prices(catalog, 'A'), [2000, 1500])
  assert.deepEqual([report.prices, again.prices], [1, 0])
})

test('a deleted price row and other labels do not count as the current price', async () => {
  await using catalog = await openTemporaryCatalog()
  await importText(catalog, header + rice)
  const { id } = await catalog.central.selectFrom('inv_items').select('id').executeTakeFirstOrThrow()
  const late = { itemId: id, date: '2999-01-01 00:00:00' }
  await catalog.central
    .insertInto('inv_values')
    .values([
      { ...late, values: 7, type: 'precio', label: 'Precio Regular', deleted_at: '2026-01-01 00:00:00' },
      { ...late, values: 8, type: 'precio', label: 'Precio Base', deleted_at: null },
      { ...late, values: 9, type: 'precio', label: 'Precio Regular', deleted_at: null, warehouseId: 4 },
    ])
    .execute()

  const report = await importText(catalog, header + rice)

  assert.deepEqual([report.unchanged, report.prices], [1, 0])
})

test('a list with fewer columns leaves the others untouched', async () => {
  await using catalog = await openTemporaryCatalog()
  await importText(catalog, header + rice + salt)

  const report = await importText(catalog, 'sku,nombre,precio\nA,Arroz largo,\nB,Sal,900\n')

  assert.deepEqual(await catalogRows(catalog), [
    'A|Arroz largo|1|Granos|IVA 5%|5|Campo|Libra|arroz.png',
    'B|Sal|0|Abarrotes|IVA 19%|19|Mar|Libra|',
  ])
  assert.deepEqual([report.updated, report.unchanged, report.withoutPrice], [1, 1, 0])
})

test('an updated product keeps its id and its updated_at moves', async () => {
  await using catalog = await openTemporaryCatalog()
  await importText(catalog, header + rice)
  await catalog.central.updateTable('inv_items').set({ updated_at: '2020-01-01 00:00:00' }).execute()
  const before = await catalog.central.selectFrom('inv_items').selectAll().executeTakeFirstOrThrow()

  await importText(catalog, header + rice.replace('Arroz', 'Arroz largo'))

  const after = await catalog.central.selectFrom('inv_items').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual([after.id, after.name, after.created_at], [before.id, 'Arroz largo', before.created_at])
  assert.ok(after.updated_at > '2020-01-01 00:00:00')
})

test('another image replaces the principal one and leaves the gallery alone', async () => {
  await using catalog = await openTemporaryCatalog()
  await importText(catalog, header + rice)
  const { id } = await catalog.central.selectFrom('inv_items').select('id').executeTakeFirstOrThrow()
  await catalog.central
    .insertInto('inv_image_gallery')
    .values({ itemId: id, img_path: 'g.png', type: 'GALERIA' })
    .execute()

  const report = await importText(catalog, header + rice.replace('arroz.png', 'nuevo.png'))

  const images = await catalog.central
    .selectFrom('inv_image_gallery')
    .selectAll()
    .where('deleted_at', 'is', null)
    .execute()
  assert.deepEqual(images.map((image) => `${image.type} ${image.img_path}`).sort(), [
    'GALERIA g.png',
    'PRINCIPAL nuevo.png',
  ])
  assert.equal(report.updated, 1)
})

test('a deleted product stays deleted, untouched, and is reported with its line', async () => {
  await using catalog = await openTemporaryCatalog()
  await importText(catalog, header + rice + salt)
  await catalog.central
    .updateTable('inv_items')
    .set({ deleted_at: '2026-01-01 00:00:00' })
    .where('sku', '=', 'A')
    .execute()
  const stored = await dump(catalog)

  const report = await importText(catalog, header + salt + rice.replace('2000;Granos', '5;Nueva'))

  assert.deepEqual(report.deleted, [{ line: 3, sku: 'A' }])
  assert.deepEqual([report.created, report.updated, report.unchanged, report.prices], [0, 0, 1, 0])
  assert.deepEqual(await dump(catalog), stored)
})

test('bad lines are reported and the good ones imported', async () => {
  await using catalog = await openTemporaryCatalog()

  const report = await importText(catalog, `${header}${rice}X;Malo;-1;;;;;;\n${salt}`)

  assert.equal(report.created, 2)
  assert.deepEqual(
    report.badLines.map(({ line, text }) => [line, text.es.includes('«-1»')]),
    [[3, true]],
  )
})

test('a list that cannot be used writes nothing', async () => {
  await using catalog = await openTemporaryCatalog()

  await assert.rejects(importText(catalog, 'ref;nombre\n1;a\n'))

  assert.deepEqual(catalog.statements, [])
})

test('two distributors keep the same SKU apart', async () => {
  await using catalog = await openTemporaryCatalog()
  await catalog.central.insertInto('tenants').values({ id: 'other', kind: 'distributor', name: 'Otra' }).execute()
  await importText(catalog, header + rice)

  const report = await importText({ ...catalog, distributorId: 'other' }, header + rice.replace('2000', '3000'))

  assert.equal(report.created, 1)
  assert.deepEqual([...(await prices(catalog, 'A'))].sort(), [2000, 3000])
  const { count } = await catalog.central
    .selectFrom('inv_categories')
    .select(sql<number>`count(*)`.as('count'))
    .executeTakeFirstOrThrow()
  assert.equal(count, 2)
})

test('the number of statements grows with the chunks of 1,000 lines, not with the products', async () => {
  await using catalog = await openTemporaryCatalog()
  const done: number[] = []
  const bytes = Buffer.from([...generatedPriceList(2_001)].join(''))
  const { central, distributorId } = catalog

  await importCatalog({ central }, { distributorId, bytes, onProgress: (count) => done.push(count) })

  assert.deepEqual(done, [1_000, 2_000, 2_001])
  // On SQLite statements of fifty rows write them.
  const beside = catalog.statements.filter((text) => !/^insert into "inv_/.test(text)).length
  assert.ok(beside > 0 && beside <= 3 * 24, `${beside} statements`)
})

test('two imports of one list at the same time make each product and price once', async () => {
  await using catalog = await openTemporaryCatalog()
  const list = [...generatedPriceList(1_500)].join('')

  const reports = await Promise.all([importText(catalog, list), importText(catalog, list)])

  assert.deepEqual(
    reports.map((report) => report.created + report.unchanged),
    [1_500, 1_500],
  )
  assert.equal(
    reports.reduce((sum, report) => sum + report.created, 0),
    1_500,
  )
  assert.equal(
    reports.reduce((sum, report) => sum + report.prices, 0),
    1_500,
  )
})
