import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { reportCsv } from '../../src/copy/report/report-csv.ts'
import { readReport } from '../../src/copy/report/report-rows.ts'
import { listStoreProducts } from '../../src/copy/runs/store-products.ts'
import { verifyRun } from '../../src/copy/verify/verify.ts'
import { bedDrivers } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'

for (const driver of bedDrivers)
  describe(`the first copy of 5,000 products on ${driver}`, () => {
    test('takes less than ten seconds and 60 statements beside its pages, and the oracle finds nothing', async () => {
      await using bed = await catalogueOf5000(driver)
      const copied = await bed.register()
      bed.statements.length = 0

      const took = await millisecondsOf(() => bed.copy(copied))

      const { state, total, copied: rows, skipped } = await bed.run(copied.runId)
      assert.deepEqual([state, total, rows, skipped], ['completed', 5_000, 4_980, 20])
      assert.ok(took < 10_000, `${took} ms`)
      const statements = bed.statementsBesideRows
      assert.ok(statements <= 60 + pages * statementsPerPage, `${statements} statements for ${pages} pages`)
      const verified = await verifyRun(bed, { id: copied.runId, companyId: copied.companyId })
      assert.deepEqual([verified?.checked, verified?.details], [4_980, []])
    })

    test('is told product by product where there is something to tell, and its outcomes add up', async () => {
      await using bed = await catalogueOf5000(driver)
      const copied = await bed.register()
      await bed.copy(copied)
      await using store = await bed.store(copied.runId)

      const report = (await Array.fromAsync(reportCsv(readReport(bed.central, store, copied.runId), 'es'))).join('')

      const [header, ...lines] = report.trimEnd().split('\r\n')
      assert.equal(header, '\uFEFFSKU;Producto;Resultado;Motivo;SKU en la tienda;Costo;Precio;Precio sugerido')
      const reasons = Map.groupBy(lines, (line) => line.split(';').slice(2, 4).join(': '))
      assert.deepEqual(
        [...reasons].map(([reason, { length }]) => [reason, length]),
        [
          ['Copiado: Sin precio: queda inactivo', 50],
          ['No copiado: Otro producto de la tienda usa ese código', 20],
        ],
      )
      const { total, copied: rows, updated, unchanged, skipped, errors } = await bed.run(copied.runId)
      assert.equal(rows + updated + unchanged + skipped + errors, total)
      assert.equal(total, await activeProducts(bed))
    })

    test('shows its first hundred products within three seconds, and finds them by name while it goes on', async () => {
      await using bed = await catalogueOf5000(driver)
      const copied = await bed.register()
      const startedAt = performance.now()
      const seen: Seen[] = []
      const lookAfterPage = async () => {
        if (seen.length > 0) return
        await using store = await bed.store(copied.runId)
        const { companyId } = copied
        const first = await listStoreProducts(store, { companyId, limit: 100 })
        const found = await listStoreProducts(store, { companyId, limit: 10, search: 'producto 77' })
        const { state, processed } = await bed.run(copied.runId)
        seen.push({
          first: first.length,
          found: found[0]?.name,
          state,
          processed,
          after: performance.now() - startedAt,
        })
      }

      await bed.copy(copied, { renew: lookAfterPage })

      const [look] = seen
      assert.deepEqual([look?.first, look?.found, look?.state], [100, 'Producto 77', 'running'])
      assert.ok((look?.processed ?? 0) < 5_000, `${look?.processed} were there already`)
      assert.ok((look?.after ?? 0) < 3_000, `${look?.after} ms`)
    })

    test('has the generic product for sale before the first page', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(3)
      const copied = await bed.register()
      await bed.central.schema.alterTable('inv_values').renameTo('lost_values').execute()

      await assert.rejects(bed.copy(copied))

      await using store = await bed.store(copied.runId)
      const rows = await store.selectFrom('tat_items').select(['sku', 'status', 'stock', 'hidden_at']).execute()
      assert.deepEqual(
        rows.map((row) => ({ ...row, stock: Number(row.stock) })),
        [{ sku: 'GENERICO', status: 1, stock: 999_999, hidden_at: null }],
      )
    })
  })

interface Seen {
  readonly first: number
  readonly found: string | undefined
  readonly state: string
  readonly processed: number
  readonly after: number
}

const pages = 5
const statementsPerPage = 14

/** 50 without a price, 300 without an image, and 20 with a SKU that nobody can tell from that of another. */
async function catalogueOf5000(driver: (typeof bedDrivers)[number]): Promise<TestBed> {
  const bed = await TestBed.open(driver)
  await bed.addProducts(5_000)
  await bed.central.deleteFrom('inv_values').where('itemId', '<=', 50).execute()
  await sql`insert into inv_image_gallery ("itemId", img_path, type)
    select id, 'otra.webp', 'PRINCIPAL' from inv_items where id > 600 and mod(id, 2) = 1`.execute(bed.central)
  for (let number = 1; number <= 20; number += 1) {
    await giveSku(bed, 100 + number, `Café-${number}`)
    await giveSku(bed, 200 + number, `Cafe\u0301-${number}`)
  }
  return bed
}

async function giveSku(bed: TestBed, id: number, sku: string): Promise<void> {
  await bed.central.updateTable('inv_items').set({ sku }).where('id', '=', id).execute()
}

async function activeProducts(bed: TestBed): Promise<number> {
  const { count } = await bed.central
    .selectFrom('inv_items')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('status', '=', 1)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
