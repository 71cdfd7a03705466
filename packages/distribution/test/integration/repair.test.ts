import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runCommand } from '@surtidor/queue/commands'
import { sql } from 'kysely'
import { copyVerifyCommand } from '../../src/copy/verify/copy-verify-command.ts'
import { verifyRun } from '../../src/copy/verify/verify.ts'
import type { StoreDatabase } from '../../src/tenancy/store-databases.ts'
import { bedDrivers } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'

/** What goes wrong, and in how many rows; the products of one kind are not those of another. */
const damages: readonly (readonly [text: string, rows: number])[] = [
  [`delete from tat_items where item_father_id between 1 and 4`, 4],
  [`update tat_items set price = price + 100 where item_father_id = 5`, 1],
  [`update tat_items set cost = cost - 1 where item_father_id = 6`, 1],
  [`update tat_items set name = 'x' where item_father_id = 7`, 1],
  [`update tat_items set sku = 'x' where item_father_id = 8`, 1],
  [`update tat_items set img_path = 'x' where item_father_id = 9`, 1],
  [`update tat_items set status = 0 where item_father_id = 10`, 1],
  [`update tat_items set "categoryId" = null where item_father_id = 11`, 1],
  [`update tat_items set "taxId" = null where item_father_id = 12`, 1],
  [`update tat_items set brand = 'x', unit = 'x' where item_father_id = 13`, 1],
  [`update tat_items set price_strategy = 'x@1' where item_father_id = 14`, 1],
  [`update tat_items set content_hash = 'x' where item_father_id = 15`, 1],
  [`update tat_items set content_hash = 'x', price = 1 where item_father_id = 16`, 1],
  [`update tat_items set source_state = 'discontinued' where item_father_id = 17`, 1],
  // The products of a category, or with a tax, that is called otherwise.
  [`update tat_categories set name = 'x' where source_category_id = 2`, 20],
  [`update cnf_taxes set name = 'x' where percentage = 5`, 30],
]

for (const driver of bedDrivers)
  describe(`copy:verify --repair on ${driver}`, () => {
    test('mends exactly what is damaged, by one copy, however often it is asked', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(60)
      const { companyId, runId } = await bed.register()
      await bed.copy({ companyId, runId })
      await using store = await bed.store(runId)
      for (const [text] of damages) await sql.raw(text).execute(store)
      const wrong = await wrongOf(bed, { companyId, id: runId })
      const untouched = await rowsOf(store, wrong)
      for (let id = 1; id <= 17; id += 1) assert.ok(wrong.includes(id), `product ${id}`)

      const codes = [
        await command(bed, [String(runId), '--repair']),
        await command(bed, [String(runId), '--repair']),
        await command(bed, ['--all', '--repair']),
      ]

      assert.deepEqual(codes, [1, 1, 1])
      assert.equal((await bed.queue.jobs()).length, 1 + 1)
      await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()
      const mended = await bed.run(runId + 1)
      assert.deepEqual([mended.state, mended.copied, mended.updated], ['completed', 4, wrong.length - 4])
      assert.equal(mended.unchanged, 60 - wrong.length)
      assert.deepEqual(await rowsOf(store, wrong), untouched)
      assert.deepEqual(await wrongOf(bed, mended), [])
      assert.equal(await command(bed, ['--all']), 0)
      assert.equal((await bed.copyAgain(companyId)).unchanged, 60)
    })

    test('starts nothing where nothing is wrong, and without --repair', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(20)
      const { companyId, runId } = await bed.register()
      await bed.copy({ companyId, runId })
      await using store = await bed.store(runId)

      const good = await command(bed, ['--all', '--repair'])
      await sql`update tat_items set name = 'x' where item_father_id = 3`.execute(store)
      const dry = await command(bed, ['--all'])

      assert.deepEqual([good, dry], [0, 1])
      assert.equal((await bed.central.selectFrom('copy_runs').select('id').execute()).length, 1)
      const { content_hash: hash } = await store
        .selectFrom('tat_items')
        .select('content_hash')
        .where('item_father_id', '=', 3)
        .executeTakeFirstOrThrow()
      assert.notEqual(hash, null)
    })
  })

test('copy:verify --repair mends each kind of damage by itself', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(60)
  const { companyId, runId } = await bed.register()
  await bed.copy({ companyId, runId })
  await using store = await bed.store(runId)
  let last = { companyId, id: runId }

  for (const [text, rows] of damages) {
    await sql.raw(text).execute(store)
    assert.equal((await wrongOf(bed, last)).length, rows, text)
    await command(bed, [String(last.id), '--repair'])
    const active = await bed.central.selectFrom('copy_runs').select('id').orderBy('id', 'desc').executeTakeFirst()
    last = { companyId, id: active?.id ?? 0 }
    await bed.copy({ companyId, runId: last.id })
    assert.deepEqual(await wrongOf(bed, last), [], text)
  }
})

test('copy:verify --repair says which copy mends, and what none does', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(12)
  const { companyId, runId } = await bed.register()
  await bed.copy({ companyId, runId })
  await using store = await bed.store(runId)
  await sql`update tat_items set name = 'x' where item_father_id in (3, 4)`.execute(store)
  await sql`update tat_items set company_id = 77 where item_father_id = 5`.execute(store)
  const lines: string[] = []

  await command(bed, ['--all', '--repair'], lines)

  const [, , , , , repair, left, total] = lines
  assert.match(repair ?? '', /^Tienda 1: 2 marcados .* 1 por traer; lo hace la copia 2, en cola\./)
  assert.match(left ?? '', /^Tienda 1: 1 hallazgos que ninguna copia repara/)
  assert.match(total ?? '', /^Total: 1 tienda,/)
  assert.equal(lines.length, 8)
})

async function command(bed: TestBed, words: readonly string[], lines: string[] = []): Promise<number> {
  const { central, stores, queue, copyProducts } = bed
  const open = async () => ({ central, stores, queue, copyProducts, [Symbol.asyncDispose]: async () => undefined })
  const program = { name: './surtidor', summary: { es: '', en: '' }, commands: [copyVerifyCommand(open)] }
  const write = (line: string) => void lines.push(line)
  return await runCommand(program, ['copy:verify', ...words], {
    locale: 'es',
    isInteractive: false,
    columns: 100,
    write,
    writeError: write,
  })
}

/** The distributor's products that are not in the store as they should be. */
async function wrongOf(
  bed: TestBed,
  run: { readonly companyId: number; readonly id: number },
): Promise<readonly number[]> {
  const found = await verifyRun(bed, run, { maxDetails: Number.POSITIVE_INFINITY })
  return found?.details.map(({ sourceId }) => sourceId) ?? assert.fail('the run left no trace')
}

async function rowsOf(store: StoreDatabase, but: readonly number[]) {
  return await store
    .selectFrom('tat_items')
    .selectAll()
    .where('item_father_id', 'not in', [...but])
    .orderBy('id')
    .execute()
}
