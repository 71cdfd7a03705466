import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Locale, runCommand } from '@surtidor/queue/commands'
import { copiedRow, stockedStore } from '../../test/support/stocked-store.ts'
import { assortmentCommands } from './assortment-commands.ts'

type Stocked = Awaited<ReturnType<typeof stockedStore>>

test('a store sets a price and gives it back, hides, deletes and restores', async () => {
  await using stocked = await stockedStore('sqlite', 2)
  const rows: unknown[] = []
  const did = async (...words: readonly string[]) => {
    assert.equal((await type(stocked, words)).code, 0, words.join(' '))
    const { price, price_mode, hidden_at, deleted_at } = await copiedRow(stocked.store, 1)
    rows.push([price, price_mode, hidden_at !== null, deleted_at !== null])
  }

  await did('store:price', '1', 'SKU-1', '4900')
  await did('store:hide', '1', 'SKU-1')
  await did('store:hide', '1', 'SKU-1', '--undo')
  await did('store:delete', '1', 'SKU-1')
  await did('store:delete', '1', 'SKU-1', '--undo')
  await did('store:price', '1', 'SKU-1')

  assert.deepEqual(rows, [
    [4_900, 'manual', false, false],
    [4_900, 'manual', true, false],
    [4_900, 'manual', false, false],
    [4_900, 'manual', false, true],
    [4_900, 'manual', false, false],
    [4_900, 'auto', false, false],
  ])
})

test('an order is received by the SKUs of the distributor, and what arrived already is said', async () => {
  await using stocked = await stockedStore('sqlite', 2)
  await type(stocked, ['store:order', '1', 'SKU-2', '6'])

  const first = await type(stocked, ['store:receive', '1', 'P-96', 'SKU-2=6', 'SKU-1=2'])
  const again = await type(stocked, ['store:receive', '1', 'P-96', 'SKU-2=6', 'SKU-1=2'], 'en')

  assert.equal(first.output, 'Pedido P-96: 2 productos recibidos, 0 lo estaban ya.')
  assert.equal(again.output, 'Order P-96: 0 products received, 2 were already.')
  assert.deepEqual([(await copiedRow(stocked.store, 1)).stock, (await copiedRow(stocked.store, 2)).stock], [2, 6])
})

for (const [words, code, sentence] of [
  [['store:price', 'x', 'SKU-1'], 2, /no es un número de tienda/],
  [['store:price', '9', 'SKU-1'], 1, /No existe la tienda 9\. Vea las que hay/],
  [['store:price', '1', 'SKU-9'], 1, /ningún producto con el SKU "SKU-9"/],
  [['store:price', '1', 'SKU-1', 'caro'], 2, /"caro" no es un número/],
  [['store:price', '1', 'SKU-1', '4.900'], 2, /"4\.900" no es un número/],
  [['store:price', '1', 'SKU-1', '10.5'], 1, /10\.5 no es un precio/],
  [['store:order', '1', 'GENERICO', '1'], 1, /no se puede pedir/],
  [['store:order', '1', 'SKU-1', '0'], 1, /0 no es una cantidad/],
  [['store:receive', '1', '7', 'SKU-1'], 2, /no es una línea de un pedido/],
  [['store:receive', '1', '7 8', 'SKU-1=1'], 2, /no es un número de pedido/],
  [['store:receive', '1', '7', 'SKU-9=1'], 1, /La distribuidora no tiene ningún producto/],
] as const)
  test(`${words.join(' ')} is refused with a sentence`, async () => {
    await using stocked = await stockedStore('sqlite', 1)

    const refused = await type(stocked, words)

    assert.equal(refused.code, code)
    assert.match(refused.errors, sentence)
  })

const summary = { es: 'prueba', en: 'test' }

async function type({ bed }: Stocked, words: readonly string[], locale: Locale = 'es') {
  const written = { output: [] as string[], errors: [] as string[] }
  // The bed outlives the command.
  const open = async () => ({
    central: bed.central,
    stores: bed.stores,
    [Symbol.asyncDispose]: async () => undefined,
  })
  const program = { name: 'surtidor', summary, commands: assortmentCommands(open) }
  const code = await runCommand(program, words, {
    locale,
    isInteractive: false,
    columns: 80,
    write: (line) => void written.output.push(line),
    writeError: (line) => void written.errors.push(line),
  })
  return { code, output: written.output.join('\n'), errors: written.errors.join('\n') }
}
