import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Locale, runCommand } from '@surtidor/queue/commands'
import { openTemporaryCatalog, type TemporaryCatalog } from '../../test/support/temporary-catalog.ts'
import { catalogGenerateCommand } from './catalog-generate-command.ts'
import { catalogImportCommand } from './catalog-import-command.ts'

/** Runs `./surtidor …words` over the catalogue; answers the exit code and what was printed. */
async function surtidor(catalog: TemporaryCatalog, words: readonly string[], locale: Locale = 'es') {
  const output: string[] = []
  const errors: string[] = []
  const { central } = catalog
  const open = async () => ({ central, [Symbol.asyncDispose]: async () => undefined })
  const program = {
    name: './surtidor',
    summary: { es: '', en: '' },
    commands: [catalogImportCommand(open), catalogGenerateCommand()],
    onDefect: (error: unknown) => assert.fail(String(error)),
  }
  const terminal = {
    locale,
    isInteractive: false,
    columns: 80,
    write: (line: string) => void output.push(line),
    writeError: (line: string) => void errors.push(line),
  }
  return { exitCode: await runCommand(program, words, terminal), output: output.join('\n'), errors: errors.join('\n') }
}

async function priceList(catalog: TemporaryCatalog, text: string): Promise<string> {
  const path = join(catalog.folder, 'lista.csv')
  await writeFile(path, text, 'latin1')
  return path
}

test('catalog:import prints the counts, each repeated SKU and each damaged line, and exits 0', async () => {
  await using catalog = await openTemporaryCatalog()
  const path = await priceList(catalog, 'sku;nombre;precio\n1;a;5\n2;CAF\x90;6\n1;b;\n')

  const { exitCode, output } = await surtidor(catalog, ['catalog:import', path])

  assert.equal(exitCode, 0)
  assert.equal(
    output,
    [
      'lista.csv → Distribuidora principal',
      '3 líneas leídas.',
      'Productos: 2 nuevos, 0 actualizados, 0 sin cambios.',
      'Precios escritos: 1. Productos sin precio: 1.',
      '1 SKU repetido; vale la última línea:',
      '  1: líneas 2, 4; vale la 4',
      '1 línea con bytes dañados, importadas con «�» en su lugar:',
      '  línea 3: 0x90 (É en CP850): «CAF�»',
    ].join('\n'),
  )
})

test('catalog:import exits 1 when a line was refused, and imports the others', async () => {
  await using catalog = await openTemporaryCatalog()
  const path = await priceList(catalog, 'sku;nombre;precio;bodega\n1;a;x;\n2;b;6;\n')

  const { exitCode, output } = await surtidor(catalog, ['catalog:import', path], 'en')

  assert.equal(exitCode, 1)
  assert.match(output, /Products: 1 new/)
  assert.match(output, /1 line refused; the others were imported:\n {2}line 2: The price «x»/)
  assert.match(output, /Columns that are not used: «bodega»/)
})

test('lists longer than two hundred are cut, and say how much is missing', async () => {
  await using catalog = await openTemporaryCatalog()
  const path = await priceList(catalog, `sku;nombre;precio\n${'1;a;x\n'.repeat(1_300)}`)

  const { output } = await surtidor(catalog, ['catalog:import', path])

  assert.equal(output.split('\n').filter((line) => line.startsWith('  línea')).length, 200)
  assert.match(output, /… y 1\.100 más$/)
})

for (const [what, words, expected] of [
  ['a file that does not exist', ['catalog:import', '/no/such/file.csv'], /No existe «\/no\/such\/file.csv»/],
  ['a folder', ['catalog:import', '/'], /«\/» no es un archivo/],
  ['a distributor that does not exist', ['catalog:import', '--tenant=nadie'], /No existe la distribuidora "nadie"/],
] as const) {
  test(`catalog:import answers ${what} with one sentence and exit 1`, async () => {
    await using catalog = await openTemporaryCatalog()
    const path = await priceList(catalog, 'sku;nombre;precio\n1;a;5\n')

    const { exitCode, output, errors } = await surtidor(
      catalog,
      words.length < 2 || words[1]?.startsWith('--') ? [...words, path] : words,
    )

    assert.equal(exitCode, 1)
    assert.match(errors, expected)
    assert.equal(output, '')
  })
}

test('catalog:import without a file is wrong usage', async () => {
  await using catalog = await openTemporaryCatalog()

  assert.equal((await surtidor(catalog, ['catalog:import'])).exitCode, 2)
})

test('catalog:generate writes a list that catalog:import takes whole', async () => {
  await using catalog = await openTemporaryCatalog()
  const path = join(catalog.folder, 'nueva.csv')

  const generated = await surtidor(catalog, ['catalog:generate', path, '--products=1500'])
  const imported = await surtidor(catalog, ['catalog:import', path])

  assert.deepEqual([generated.exitCode, imported.exitCode], [0, 0])
  assert.match(generated.output, /1\.500 productos/)
  assert.match(imported.output, /Productos: 1\.500 nuevos/)
})

test('catalog:generate leaves a file that exists as it is', async () => {
  await using catalog = await openTemporaryCatalog()
  const path = await priceList(catalog, 'mine')

  const { exitCode, errors } = await surtidor(catalog, ['catalog:generate', path, '--products=1'])

  assert.equal(exitCode, 1)
  assert.match(errors, /ya existe/)
  assert.equal(await readFile(path, 'utf8'), 'mine')
})

test('catalog:generate refuses counts outside 1 to 1,000,000 as wrong usage', async () => {
  await using catalog = await openTemporaryCatalog()

  for (const products of ['0', '1000001', 'many']) {
    const words = ['catalog:generate', join(catalog.folder, 'x.csv'), `--products=${products}`]
    assert.equal((await surtidor(catalog, words)).exitCode, 2)
  }
})
