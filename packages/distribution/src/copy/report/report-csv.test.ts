import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { outcomeKinds } from '../plan/outcomes.ts'
import { type ReportRow, reportCsv } from './report-csv.ts'

const product: ReportRow = {
  sku: 'ARROZ-500',
  name: 'Arroz «Ñandú» 500 g',
  outcome: 'copied',
  reason: 'without_price',
  storeSku: 'ARROZ-500',
  cost: 0,
  price: 0,
  suggestedPrice: null,
}
const skipReasons = [
  'reserved_sku',
  'sku_taken',
  'deleted_by_store',
  'generic_product',
  'combo_product',
  'not_inventoriable',
]
const absent = { storeSku: null, cost: null, price: null }

const rows: readonly ReportRow[] = [
  product,
  {
    ...product,
    sku: 'LENTEJA',
    name: 'Lenteja; bolsa',
    reason: 'sku_suffixed',
    storeSku: 'LENTEJA-2',
    cost: 2500,
    price: 3600,
  },
  {
    ...product,
    name: 'Aceite "La 45"',
    outcome: 'updated',
    reason: 'margin_low',
    cost: 3600,
    price: 3900,
    suggestedPrice: 5100,
  },
  { ...product, name: 'Panela\nen bloque', outcome: 'unchanged', reason: null, cost: 700, price: 1000 },
  { ...product, ...absent, sku: 'GENERICO', name: 'Varios', outcome: 'skipped', reason: 'reserved_sku' },
  {
    ...product,
    ...absent,
    sku: '=1+1',
    name: '=HYPERLINK("http://malo";"ver")',
    outcome: 'error',
    reason: 'invalid_price',
  },
  { ...product, ...absent, sku: '-5', name: '@SUM(A1)', outcome: 'skipped', reason: 'otro_motivo' },
  { ...product, sku: '+57 300', name: '\tTabulado', storeSku: '+57 300' },
]

for (const locale of ['es', 'en'] as const) {
  test(`the report in ${locale} is the golden file, byte for byte`, async () => {
    const golden = readFileSync(join(import.meta.dirname, `../../../test/golden/report-${locale}.csv`))

    assert.deepEqual(Buffer.from((await Array.fromAsync(reportCsv([rows], locale))).join('')), golden)
  })
}

test('no reason says again what became of the product', async () => {
  for (const locale of ['es', 'en'] as const) {
    const reasons = [...skipReasons, 'invalid_price', 'without_price', 'sku_suffixed', 'combo_inactive']
    const report = reasons.map((reason) => ({ ...product, outcome: 'skipped', reason }) as const)

    const [, lines = ''] = await Array.fromAsync(reportCsv([report], locale))

    assert.doesNotMatch(lines, /;[^;]*copiado[^;]*;[^;]*copiado|;[^;]*copied[^;]*;[^;]*copied/i)
  }
})

test('a report of nothing has its header', async () => {
  assert.deepEqual(await Array.fromAsync(reportCsv([], 'es')), [
    '\uFEFFSKU;Producto;Resultado;Motivo;SKU en la tienda;Costo;Precio;Precio sugerido\r\n',
  ])
})

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ';', ' ', "'", 'a', '＝') }),
)

test('whatever a product is called, the file has its lines and columns, and no cell is a formula', async () => {
  const row = fc.record({
    sku: text,
    name: text,
    outcome: fc.constantFrom(...outcomeKinds),
    reason: fc.option(text),
    storeSku: fc.option(text),
    cost: fc.option(fc.nat()),
    price: fc.option(fc.nat()),
    suggestedPrice: fc.option(fc.nat()),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 5 }), async (report) => {
      const file = (await Array.fromAsync(reportCsv([report], 'es'))).join('')
      const [, ...lines] = parse(file, { bom: true, delimiter: ';', record_delimiter: '\r\n' })

      assert.equal(lines.length, report.length)
      for (const [index, cells] of lines.entries()) {
        assert.equal(cells.length, 8)
        for (const cell of cells) assert.doesNotMatch(cell, /^[=+\-@\t\r\n＝＋－＠]/)
        assert.equal(cells[0]?.replace(/^'/, ''), report[index]?.sku.replace(/^'/, ''))
      }
    }),
  )
})
