import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Locale, runCommand } from '@surtidor/queue/commands'
import { sql } from 'kysely'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { batchCommands } from './batch-commands.ts'
import { publishCommand } from './publish-command.ts'

test('catalog:publish says what it would do, then does it; sync:status follows it store by store', async () => {
  await using bed = await stockedBed()

  const none = await type(bed, ['sync:status'])
  const dry = await type(bed, ['catalog:publish', '--dry-run'])
  const published = await type(bed, ['catalog:publish'])
  const waiting = await type(bed, ['sync:status', '1'], 'en')
  await work(bed)
  const done = await type(bed, ['sync:status', '1'])
  const list = await type(bed, ['sync:status'])

  assert.match(none.output, /Todavía no hay publicaciones/)
  const stores = [
    'Tienda 1 Tienda 10001: +1 nuevos, ~1 cambian, =2 iguales, −1 descontinuados, !0 conflictos',
    'Tienda 2 Tienda 10002: +1 nuevos, ~1 cambian, =2 iguales, −1 descontinuados, !0 conflictos',
    'Total de 2 tiendas: +2 nuevos, ~2 cambian, =4 iguales, −2 descontinuados, !0 conflictos',
  ]
  assert.deepEqual(dry.output.split('\n'), stores)
  assert.deepEqual(published.output.split('\n'), [
    ...stores,
    'Publicación 1 en marcha: 2 tiendas. Sígala con «sync:status 1».',
  ])
  assert.deepEqual(waiting.output.split('\n').slice(0, 2), [
    'Publication 1 · Under way · 0 %',
    'Stores that have ended: 0/2 (waiting: 2)',
  ])
  assert.deepEqual(done.output.split('\n'), [
    'Publicación 1 · Completa · 100 %',
    'Tiendas terminadas: 2/2 (completa: 2)',
    '  Tienda 1 Tienda 10001: Completa · copia 3 · 4/4 · 2 escritos',
    '  Tienda 2 Tienda 10002: Completa · copia 4 · 4/4 · 2 escritos',
  ])
  assert.match(list.output, /^Publicación 1 · Completa · 20/)
})

test('sync:status tells when changes of the catalogue are not recorded', async () => {
  await using bed = await stockedBed()
  const before = await type(bed, ['sync:status'])

  await sql`drop trigger surtidor_inv_values_delete`.execute(bed.central)

  assert.doesNotMatch(before.output, /triggers/)
  assert.match((await type(bed, ['sync:status'])).output, /no se registran.*triggers.*\.\/surtidor migrate/)
  assert.match((await type(bed, ['sync:status'], 'en')).output, /not recorded.*triggers.*\.\/surtidor migrate/)
})

test('a publication is paused, resumed and cancelled, or one of its stores is', async () => {
  await using bed = await stockedBed()
  await type(bed, ['sync:limit', '1'])
  await type(bed, ['catalog:publish'])

  const paused = await type(bed, ['sync:pause', '1'])
  const again = await type(bed, ['catalog:publish'])
  const cancelled = await type(bed, ['sync:cancel', '1', '--store=2'])
  const resumed = await type(bed, ['sync:resume', '1'])
  await work(bed)
  const late = await type(bed, ['sync:cancel', '1'])

  assert.match(paused.output, /En pausa.*\nTiendas terminadas: 0\/2 \(en pausa: 1, espera su turno: 1\)/)
  assert.match(again.output, /Publicación 1 en pausa: 2 tiendas\. Reanúdela con «sync:resume 1»\./)
  assert.match(cancelled.output, /Tienda 2 Tienda 10002: Cancelada/)
  assert.match(resumed.output, /^Publicación 1 · En marcha/)
  assert.deepEqual(
    [late.code, late.errors],
    [1, 'La publicación 1 ya terminó. Publique de nuevo con «catalog:publish».'],
  )
})

test('a store is left out and takes part again; what makes no sense is refused', async () => {
  await using bed = await stockedBed()

  const excluded = await type(bed, ['sync:exclude', '1'])
  const dry = await type(bed, ['catalog:publish', '--dry-run'])
  const included = await type(bed, ['sync:exclude', '1', '--undo'])

  assert.match(excluded.output, /La tienda 1 no recibe publicaciones/)
  assert.match(dry.output, /Total de 1 tienda:/)
  assert.match(included.output, /La tienda 1 recibe publicaciones/)
  const wrong = [
    ['sync:exclude', '77'],
    ['sync:status', '9'],
    ['catalog:publish', '--tenant=x'],
  ]
  for (const words of wrong) assert.equal((await type(bed, words)).code, 1, words.join(' '))
})

for (const word of ['0', '65', 'abc', '1.5'])
  test(`sync:limit ${word} is wrong usage, and the sentence names it`, async () => {
    await using bed = await stockedBed()

    const { code, errors } = await type(bed, ['sync:limit', word])

    assert.deepEqual(
      [code, errors],
      [2, `"${word}" no es un número de tiendas a la vez: escriba un número entero de 1 a 64.`],
    )
  })

test('sync:reconcile says what it has put right, and else nothing', async () => {
  await using bed = await stockedBed()
  await type(bed, ['sync:limit', '1'])
  await type(bed, ['catalog:publish'])
  await bed.queue.clear()

  const first = await type(bed, ['sync:reconcile'])
  const again = await type(bed, ['sync:reconcile'])

  assert.equal(first.output, 'Copias sin trabajo: 1 · copias nuevas en cola: 1 · publicaciones nuevas: 0.')
  assert.equal(again.output, '')
})

test('a distributor publishes by itself, and by hand alone again', async () => {
  await using bed = await stockedBed()
  const looks = async () => (await type(bed, ['sync:reconcile'])).output

  const on = await type(bed, ['sync:automatic'])
  const first = await looks()
  await sql`update sync_settings set seen_at = '2026-01-01 00:00:00'`.execute(bed.central)
  const due = await looks()
  const off = await type(bed, ['sync:automatic', '--undo'], 'en')

  assert.match(on.output, /: publica por sí sola\.$/)
  assert.deepEqual([first, due], ['', 'Copias sin trabajo: 0 · copias nuevas en cola: 0 · publicaciones nuevas: 1.'])
  assert.match(off.output, /: publishes with "catalog:publish"\.$/)
})

test('who asks for publications by themselves is told that none comes while changes are not recorded', async () => {
  await using bed = await stockedBed()
  await sql`drop trigger surtidor_inv_values_delete`.execute(bed.central)

  const on = await type(bed, ['sync:automatic'])
  const english = await type(bed, ['sync:automatic'], 'en')
  const off = await type(bed, ['sync:automatic', '--undo'])

  assert.equal(on.code, 0)
  assert.match(on.output, /^[^\n]+: publicará por sí sola cuando los cambios del catálogo se registren\.\n/)
  assert.match(
    on.output,
    /\n[^\n]*TRIGGER[^\n]*ejecute \.\/surtidor migrate\. Mientras tanto, publique con «catalog:publish»\.$/,
  )
  assert.match(
    english.output,
    /: will publish by itself once changes of the catalogue are recorded\.\n.*catalog:publish"\.$/,
  )
  assert.match(off.output, /: publica con «catalog:publish»\.$/)
})

/** Two stores with four products each; since then one has another price, one is new and one is sold no more. */
async function stockedBed(): Promise<TestBed> {
  const bed = await TestBed.open()
  await bed.addProducts(4)
  await bed.register()
  await bed.register()
  await work(bed)
  await sql`update inv_values set "values" = 9000 where "itemId" = 1`.execute(bed.central)
  await sql`update inv_items set status = 0 where id = 4`.execute(bed.central)
  await bed.addProducts(5, 5)
  return bed
}

const summary = { es: 'prueba', en: 'test' }

async function work(bed: TestBed): Promise<void> {
  await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()
}

async function type(bed: TestBed, words: readonly string[], locale: Locale = 'es') {
  const written = { output: [] as string[], errors: [] as string[] }
  // The bed outlives the command.
  const open = async () => ({
    central: bed.central,
    stores: bed.stores,
    queue: bed.queue,
    copyProducts: bed.copyProducts,
    [Symbol.asyncDispose]: async () => undefined,
  })
  const program = { name: 'surtidor', summary, commands: [publishCommand(open), ...batchCommands(open)] }
  const code = await runCommand(program, words, {
    locale,
    isInteractive: false,
    columns: 80,
    write: (line) => void written.output.push(line),
    writeError: (line) => void written.errors.push(line),
  })
  return { code, output: written.output.join('\n'), errors: written.errors.join('\n') }
}
