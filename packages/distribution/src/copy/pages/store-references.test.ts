import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { bedDrivers } from '../../../test/support/bed-place.ts'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import { previewUndo } from '../undo/undo-run.ts'
import { verifyRun } from '../verify/verify.ts'
import { StoreReferences } from './store-references.ts'
import { TaxTakenError } from './tax-taken-error.ts'

for (const driver of bedDrivers) {
  test(`on ${driver} no product loses its tax to the blanks behind a name`, async () => {
    await using bed = await TestBed.open(driver)
    await bed.addProducts(20)
    const first = await bed.register()
    await bed.copy(first)
    await sql`update cnf_taxes set name = concat(name, '  ')`.execute(bed.central)
    const second = await bed.register()

    const again = await bed.copyAgain(first.companyId)
    await bed.copy(second)

    assert.deepEqual(await taxedIn(bed, { companyId: first.companyId, runId: again.id }), [20, 20, 0, 0])
    assert.deepEqual(await taxedIn(bed, second), [20, 20, 0, 0])
    // What a copy has brought is told by its hash, with the tax in it.
    assert.equal((await previewUndo(bed, second.runId)).removed, 20)
  })
}

/** How many products have a tax, and what the oracle says: checked, missing, altered. */
async function taxedIn(bed: TestBed, { companyId, runId }: { readonly companyId: number; readonly runId: number }) {
  await using store = await bed.store(runId)
  const { taxed } = await store
    .selectFrom('tat_items as item')
    .innerJoin('cnf_taxes as tax', 'tax.id', 'item.taxId')
    .select(({ fn }) => fn.countAll<number>().as('taxed'))
    .where('item.item_father_id', '>', 0)
    .executeTakeFirstOrThrow()
  const { checked, missing, altered } = (await verifyRun(bed, { id: runId, companyId })) ?? {}
  return [Number(taxed), checked, missing, altered]
}

test('a tax that the store takes for another one is told, not left out', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(2)
  const { companyId, runId } = await bed.register()
  await bed.copy({ companyId, runId })
  await using store = await bed.store(runId)
  // As a key does that takes capitals for small letters.
  await sql`drop table cnf_taxes`.execute(store)
  await sql`
    create table cnf_taxes (
      id integer primary key, name text collate nocase, percentage real, unique (name, percentage)
    )`.execute(store)
  await sql`insert into cnf_taxes (name, percentage) values ('iva 19', 19)`.execute(store)
  const references = new StoreReferences(companyId)
  const product = { category: { sourceId: 1, name: 'Granos' }, tax: { name: 'IVA 19', percentage: 19 } }

  const told = store.transaction().execute((trx) => references.ensure(trx, [product]))

  await assert.rejects(
    told,
    (error) => error instanceof TaxTakenError && /«IVA 19» \(19 %\).*cnf_taxes/.test(error.text.es),
  )
})
