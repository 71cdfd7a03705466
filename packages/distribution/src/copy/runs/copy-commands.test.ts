import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { type Locale, runCommand } from '@surtidor/queue/commands'
import { sql } from 'kysely'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import { storeCreateCommand } from '../../companies/store-create-command.ts'
import { copyUndoCommand } from '../undo/copy-undo-command.ts'
import { copyVerifyCommand } from '../verify/copy-verify-command.ts'
import { copyCancelCommand, copyPauseCommand, copyResumeCommand } from './copy-action-commands.ts'
import { copyStartCommand } from './copy-start-command.ts'
import { copyStatusCommand } from './copy-status-command.ts'
import { startRun } from './runs.ts'

test('store:create registers and says how to follow the copy', async () => {
  await using bed = await TestBed.open()

  const { code, output } = await type(bed, [
    'store:create',
    '--name=La 45',
    '--identification=1023456',
    '--email=a@b.co',
  ])

  assert.equal(code, 0)
  assert.equal(output, 'Tienda 1 creada. Copia 1 en cola: sígala con «copy:status 1».')
  assert.equal((await bed.queue.jobs()).length, 1)
})

test('store:create says each wrong field in a sentence of its own and writes nothing', async () => {
  await using bed = await TestBed.open()

  const { code, errors } = await type(bed, [
    'store:create',
    '--name=x',
    '--identification=900123456-1',
    '--email=b',
    '--type=NIT',
  ])

  assert.equal(code, 1)
  assert.equal(errors.split('\n').length, 3)
  assert.match(errors, /es 8, no 1/)
  assert.deepEqual(await bed.central.selectFrom('vnt_companies').select('id').execute(), [])
})

test('store:create without a required option is wrong usage, a duplicate and an unknown distributor are not', async () => {
  await using bed = await TestBed.open()
  const complete = ['store:create', '--name=La 45', '--identification=1023456', '--email=a@b.co']
  await type(bed, complete)

  const missing = await type(bed, ['store:create', '--name=La 45', '--email=a@b.co'])
  const duplicate = await type(bed, complete)
  const foreign = await type(bed, [
    'store:create',
    '--name=La 46',
    '--identification=777777',
    '--email=c@b.co',
    '--tenant=x',
  ])

  assert.deepEqual([missing.code, duplicate.code, foreign.code], [2, 1, 1])
  assert.match(missing.errors, /--identification/)
  assert.match(duplicate.errors, /1023456 ya está registrada en la tienda 1/)
  assert.match(foreign.errors, /No existe la distribuidora "x"/)
})

test('copy:status shows the latest runs, and one in detail with its reasons', async () => {
  await using bed = await TestBed.open()
  const none = await type(bed, ['copy:status'])
  await bed.addProducts(1034)
  await sql`delete from inv_values where itemId <= 2`.execute(bed.central)
  const first = await bed.register()
  await bed.register()
  await bed.copy(first)

  const table = await type(bed, ['copy:status'])
  const detail = await type(bed, ['copy:status', '1'])
  const waiting = await type(bed, ['copy:status', '2'], 'en')

  assert.match(none.output, /Todavía no hay copias/)
  assert.match(table.output, /^Copia {2}Tienda {2}Estado .*\n2 .* En espera .*0\/\?.*\n1 .* Completa .*1\.034\/1\.034/)
  assert.match(
    detail.output,
    /^Copia 1 · Tienda 1 · Completa\n1\.034 de 1\.034 productos: 1\.034 copiados, 0 actualizados/,
  )
  assert.match(detail.output, / {2}2 · Sin precio: queda inactivo$/)
  assert.match(waiting.output, /^Copy 2 · Store 2 · Waiting/)
  assert.deepEqual([table.code, detail.code, waiting.code], [0, 0, 0])
})

test('an id that is unknown exits 1, one that is not a number exits 2', async () => {
  await using bed = await TestBed.open()

  const actions = ['copy:pause', 'copy:resume', 'copy:cancel', 'copy:undo']
  for (const command of ['copy:status', 'copy:verify', 'copy:start', ...actions]) {
    const unknown = await type(bed, [command, '77'])
    const wrong = await type(bed, [command, 'abc'])

    assert.deepEqual([unknown.code, wrong.code], [1, 2], command)
    assert.match(unknown.errors, /77/)
    assert.match(wrong.errors, /abc/)
  }
})

test('copy:verify --all has a line for each store and a total, and exits 1 when anything is wrong', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(40)
  const [first, second] = [await bed.register(), await bed.register()]
  await bed.copy(first)
  const early = await type(bed, ['copy:verify', '--all'])
  await bed.copy(second)
  const good = await type(bed, ['copy:verify', '--all'])
  const store = await bed.store(second.runId)
  await sql`update tat_items set cost = 1 where item_father_id = 3`.execute(store)
  await store.destroy()
  const bad = await type(bed, ['copy:verify', String(second.runId)])

  assert.deepEqual([early.code, good.code, bad.code], [1, 0, 1])
  assert.match(early.output, /Tienda 2: la copia 2 no ha terminado \(en espera\)\./)
  assert.equal(
    good.output,
    [
      'Tienda 1: 40 productos, 0 faltantes, 0 duplicados, 0 alterados',
      'Tienda 2: 40 productos, 0 faltantes, 0 duplicados, 0 alterados',
      'Total: 2 tiendas, 80 productos, 0 faltantes, 0 duplicados, 0 alterados, 0 copias sin comprobar',
    ].join('\n'),
  )
  assert.match(bad.output, /1 alterados\n {2}alterado: SKU-3 · producto 3 \(cost\)\n/)
})

test('copy:verify names the first 20 products that are wrong, says how many more there are, and with -v names all', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(40)
  const copied = await bed.register()
  await bed.copy(copied)
  const store = await bed.store(copied.runId)
  await sql`update tat_items set cost = 1 where item_father_id > 5`.execute(store)
  await store.destroy()

  const some = await type(bed, ['copy:verify', '1'])
  const all = await type(bed, ['copy:verify', '1', '-v'])

  const named = (output: string) => output.match(/^ {2}alterado: /gm)?.length
  assert.deepEqual([named(some.output), named(all.output)], [20, 35])
  assert.match(some.output, /\n {2}… y 15 más; con «-v» se ven todos\n/)
  assert.doesNotMatch(all.output, /más/)
})

const damages: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  'is gone': (file) => rm(file),
  'is no database': (file) => writeFile(file, 'Estimado cliente: gracias por su compra.\n'.repeat(200)),
  'is damaged inside': (file) => damageInside(file),
}

for (const [title, damage] of Object.entries(damages)) {
  test(`a store whose file ${title} has a line of its own in copy:verify, and copy:status still tells the run`, async () => {
    await using bed = await TestBed.open()
    await bed.addProducts(40)
    const [first, second] = [await bed.register(), await bed.register()]
    await bed.copy(first)
    await bed.copy(second)
    const file = await fileOf(bed, first.runId)
    await damage(file)
    const before = existsSync(file)

    const verified = await type(bed, ['copy:verify', '--all'])
    const status = await type(bed, ['copy:status', '1'])

    assert.deepEqual([verified.code, status.code], [1, 1])
    const [broken, whole, total] = verified.output.split('\n')
    assert.match(broken ?? '', /^Tienda 1: la copia 1 \(completa\) no se puede comprobar\. .*base de datos/)
    assert.equal(whole, 'Tienda 2: 40 productos, 0 faltantes, 0 duplicados, 0 alterados')
    assert.match(total ?? '', /, 1 copias sin comprobar$/)
    assert.match(status.output, /^Copia 1 · Tienda 1 · Completa\n40 de 40 productos: 40 copiados/)
    assert.match(status.errors, /^\S.*base de datos/)
    assert.equal(existsSync(file), before)
  })
}

test('copy:status counts what is to be looked at once for each reason, new products and changed ones together', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(3)
  const { runId, companyId } = await bed.register()
  await bed.copy({ runId, companyId })
  await bed.addProducts(5, 4)
  await sql`delete from inv_values where itemId in (3, 4, 5)`.execute(bed.central)
  const { id } = await bed.copyAgain(companyId)

  const { output } = await type(bed, ['copy:status', String(id)])

  assert.deepEqual(output.match(/.*Sin precio.*/g), ['  3 · Sin precio: queda inactivo'])
})

test('copy:status tells what is wrong with a store once, where its copy failed of it', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(3)
  const { runId, companyId } = await bed.register()
  await bed.copy({ runId, companyId })
  await using store = await bed.store(runId)
  await sql`drop table copy_outcomes`.execute(store)
  await bed.addProducts(4, 4)
  await sql`delete from inv_values where itemId = 4`.execute(bed.central)
  await assert.rejects(bed.copyAgain(companyId), /copy_outcomes/)
  await bed.central.updateTable('copy_runs').set({ state: 'failed' }).where('id', '=', 2).execute()

  const { code, output, errors } = await type(bed, ['copy:status', '2'])

  assert.match(output, /\nError: A la base de datos de la tienda le faltan tablas .*copy_outcomes/)
  assert.deepEqual([code, errors], [1, ''])
})

test('a copy that failed says why, though nothing can be compared', async () => {
  await using bed = await TestBed.open()
  await bed.register()
  await bed.central.updateTable('copy_runs').set({ state: 'failed', error: 'Sin espacio en el disco' }).execute()

  const verified = await type(bed, ['copy:verify', '1'])
  const shown = await type(bed, ['copy:status', '1'])

  assert.match(shown.output, /\nNo se copió nada: /)
  assert.equal(verified.code, 1)
  assert.equal(
    verified.output,
    'Tienda 1: la copia 1 no llegó al final (fallida: Sin espacio en el disco). Copie de nuevo con «copy:start 1»; «copy:verify --all» comprueba la última copia de cada tienda.',
  )
})

test('copy:verify wants a run or --all, not neither and not both', async () => {
  await using bed = await TestBed.open()

  assert.equal((await type(bed, ['copy:verify'])).code, 2)
  assert.equal((await type(bed, ['copy:verify', '1', '--all'])).code, 2)
})

test('copy:start queues a new copy, and while it waits answers the same', async () => {
  await using bed = await TestBed.open()
  const first = await bed.register()
  await bed.copy(first)
  await bed.queue.clear()

  const started = await type(bed, ['copy:start', '1'])
  const again = await type(bed, ['copy:start', '1'])

  assert.equal(started.output, 'Copia 2 de la tienda 1 en cola: sígala con «copy:status 2».')
  assert.equal(again.output, started.output)
  assert.equal((await bed.queue.jobs()).length, 1)
})

test('copy:pause, copy:resume and copy:cancel say what they did and what comes next', async () => {
  await using bed = await TestBed.open()
  await bed.register()

  const typed = []
  for (const command of ['pause', 'resume', 'cancel', 'pause', 'resume'])
    typed.push(await type(bed, [`copy:${command}`, '1']))

  assert.deepEqual(
    typed.map(({ code, output, errors }) => [code, output + errors]),
    [
      [0, 'Copia 1 en pausa: reanúdela con «copy:resume 1».'],
      [0, 'Copia 1 de la tienda 1 en cola: sígala con «copy:status 1».'],
      [0, 'Copia 1 cancelada: lo copiado queda en la tienda. «copy:resume 1» la completa y «copy:undo 1» la deshace.'],
      [1, 'La copia 1 no se puede pausar: está cancelada. Puede reanudarla con «copy:resume 1».'],
      [0, 'Copia 1 de la tienda 1 en cola: sígala con «copy:status 1».'],
    ],
  )
})

test('copy:start does not begin a copy beside one that is paused', async () => {
  await using bed = await TestBed.open()
  await bed.register()
  await type(bed, ['copy:pause', '1'])

  const { code, errors } = await type(bed, ['copy:start', '1'])

  assert.equal(code, 1)
  assert.equal(errors, 'La tienda 1 ya tiene la copia 1 (en pausa). Puede reanudarla con «copy:resume 1».')
})

test('copy:undo counts first, and removes with --force; it can be repeated', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(1_030)
  const copied = await bed.register()
  await bed.copy(copied)
  const store = await bed.store(copied.runId)
  await sql`update tat_items set stock = 4 where item_father_id <= 2`.execute(store)
  await store.destroy()

  const counted = await type(bed, ['copy:undo', '1'])
  const removed = await type(bed, ['copy:undo', '1', '--force'])
  const again = await type(bed, ['copy:undo', '1', '--force'], 'en')
  const status = await type(bed, ['copy:status', '1'])

  assert.deepEqual([counted.code, removed.code, again.code], [0, 0, 0])
  assert.equal(
    counted.output,
    [
      'Copia 1 de la tienda 1: 1.028 por quitar, 2 se quedan.',
      '  2 · Con existencias',
      'Todavía no se quitó nada: hágalo con «copy:undo 1 --force».',
    ].join('\n'),
  )
  assert.equal(removed.output, 'Copia 1 de la tienda 1 deshecha: 1.028 quitados, 2 se quedan.\n  2 · Con existencias')
  assert.equal(again.output, 'Copy 1 of store 1 undone: 0 removed, 2 stay.\n  2 · In stock')
  assert.match(status.output, /^Copia 1 · Tienda 1 · Cancelada\n0 de 1\.030 productos: 0 copiados/)
})

test('copy:undo of an earlier copy says that a later one counts on its products', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(3)
  const { companyId, ...first } = await bed.register()
  await bed.copy({ companyId, ...first })
  await bed.copyAgain(companyId)

  const { id: waiting } = await startRun(bed, companyId)
  await type(bed, ['copy:cancel', String(waiting)])

  const counted = await type(bed, ['copy:undo', '1'])
  const latest = await type(bed, ['copy:undo', '2'])
  await type(bed, ['copy:undo', '2', '--force'])
  const alone = await type(bed, ['copy:undo', '1'])

  assert.doesNotMatch(alone.output, /más nueva/)
  assert.match(counted.output, /3 por quitar.*\nLa tienda tiene una copia más nueva, la 2, .*copie de nuevo/)
  assert.doesNotMatch(latest.output, /más nueva/)
})

/** What a person who types these words gets; not interactive, like a pipe. */
async function type(bed: TestBed, words: readonly string[], locale: Locale = 'es') {
  const lines: Record<'output' | 'errors', string[]> = { output: [], errors: [] }
  // The bed outlives the command, which closes what it opens.
  const open = async () => ({ ...partsOf(bed), [Symbol.asyncDispose]: async () => undefined })
  const program = {
    name: './surtidor',
    summary: { es: '', en: '' },
    commands: [
      copyPauseCommand(open),
      copyResumeCommand(open),
      copyCancelCommand(open),
      copyUndoCommand(open),
      storeCreateCommand(open, 3000),
      copyStatusCommand(open),
      copyVerifyCommand(open),
      copyStartCommand(open),
    ],
  }
  const code = await runCommand(program, words, {
    locale,
    isInteractive: false,
    columns: 100,
    write: (line) => void lines.output.push(line),
    writeError: (line) => void lines.errors.push(line),
  })
  return { code, output: lines.output.join('\n'), errors: lines.errors.join('\n') }
}

/** The file where a run's store has its products, closed and without a log beside it. */
async function fileOf(bed: TestBed, runId: number): Promise<string> {
  await using store = await bed.store(runId)
  await sql`pragma wal_checkpoint(truncate)`.execute(store)
  const { rows } = await sql<{ readonly file: string }>`select file from pragma_database_list`.execute(store)
  return rows[0]?.file ?? assert.fail('the store is not in a file')
}

/** The first page, with the schema, stays whole; what the tables point to is lost. */
async function damageInside(file: string): Promise<void> {
  const bytes = await readFile(file)
  await writeFile(file, bytes.fill(0xee, 4096))
}

function partsOf({ central, stores, queue, copyProducts, log }: TestBed) {
  return { central, stores, queue, copyProducts, log }
}
