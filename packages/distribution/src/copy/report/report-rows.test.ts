import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { bedDrivers } from '../../../test/support/bed-place.ts'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import { TestSite } from '../../../test/support/test-site.ts'
import { reportCsv } from './report-csv.ts'
import { readReport } from './report-rows.ts'

for (const driver of bedDrivers)
  describe(`the report of a copy on ${driver}`, () => {
    test('names what has no price and what has a taken SKU, and the outcomes add up to the active products', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(2_100)
      await bed.central.deleteFrom('inv_values').where('itemId', '<=', 50).execute()
      await bed.central
        .updateTable('inv_items')
        .set({ sku: 'GENERICO', name: 'Varios' })
        .where('id', '=', 2_000)
        .execute()
      const registered = await bed.register()
      await bed.copy(registered)
      await using store = await bed.store(registered.runId)

      const lines = (await Array.fromAsync(reportCsv(readReport(bed.central, store, registered.runId), 'es')))
        .join('')
        .split('\r\n')

      const { copied, updated, unchanged, skipped, errors, total } = await bed.run(registered.runId)
      assert.deepEqual([copied, updated, unchanged, skipped, errors, total], [2_099, 0, 0, 1, 0, 2_100])
      assert.equal(lines.length, 1 + 50 + 1 + 1)
      assert.equal(lines[1], 'SKU-1;Producto 1;Copiado;Sin precio: queda inactivo;SKU-1;0;0;')
      assert.match(lines[51] ?? '', /^GENERICO;Varios;No copiado;[^;]+;;;;$/)
    })
  })

test('a report of several pages names each product once', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(2_500)
  await bed.central.deleteFrom('inv_values').execute()
  const registered = await bed.register()
  await bed.copy(registered)
  await using store = await bed.store(registered.runId)

  const pages = await Array.fromAsync(readReport(bed.central, store, registered.runId))

  assert.deepEqual(
    pages.map((page) => page.length),
    [1_000, 1_000, 500],
  )
  assert.equal(new Set(pages.flat().map(({ sku }) => sku)).size, 2_500)
})

test('the page of the store offers its report as a file', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  const run = await site.addRun(store, { state: 'completed', total: 1, copied: 1 })
  await site.fillStore(store, async (database) => {
    const receipt = { run_id: run, company_id: store, epoch: 1, max_source_id: 9, total: 1 } as const
    await database
      .insertInto('copy_receipts')
      .values({ ...receipt, status: 'done', finished_at: null })
      .execute()
    const outcome = { run_id: run, source_item_id: 9, sku: 'A', outcome: 'skipped', reason: 'sku_taken' } as const
    await database.insertInto('copy_outcomes').values(outcome).execute()
  })

  const page = await (await site.get(`/stores/${store}`)).text()
  const file = await site.get(`/stores/${store}/report.csv`)

  assert.match(page, new RegExp(`href="/stores/${store}/report.csv"`))
  assert.match(file.headers.get('content-disposition') ?? '', /^attachment; filename="copia-\d+\.csv"$/)
  assert.match(Buffer.from(await file.arrayBuffer()).toString(), /^\uFEFFSKU;.*\r\nA;;No copiado;/)
  assert.equal((await site.get('/stores/999999/report.csv')).status, 404)
})

test('of a store whose database is damaged there is no report but a sentence, and the log has the cause', async () => {
  await using site = await TestSite.open()
  const store = await site.addStore('Tienda La 45')
  await site.addRun(store, { state: 'completed', total: 1, copied: 1 })
  let file = ''
  await site.fillStore(store, async (database) => {
    const { rows } = await sql<{ file: string }>`pragma database_list`.execute(database)
    file = rows[0]?.file ?? ''
  })
  await writeFile(file, 'Estimado cliente: gracias por su compra.\n'.repeat(200))

  const response = await site.get(`/stores/${store}/report.csv`)

  assert.equal(response.status, 503)
  assert.equal(response.headers.get('content-disposition'), null)
  assert.match(await response.text(), /la base de datos de la tienda no se puede leer/)
  assert.equal(site.logged.filter((line) => line.includes('store database cannot be read')).length, 1)
})
