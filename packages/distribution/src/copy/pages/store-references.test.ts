import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { bedDrivers } from '../../../test/support/bed-place.ts'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import { verifyRun } from '../verify/verify.ts'
import { StoreReferences } from './store-references.ts'
import { TaxTakenError } from './tax-taken-error.ts'

for (const driver of bedDrivers) {
  test(`on ${driver} blanks behind the name of a tax do not come into a store`, async () => {
    await using bed = await TestBed.open(driver)
    await bed.addProducts(20)
    await sql`update cnf_taxes set name = concat(name, '  ')`.execute(bed.central)
    const { companyId, runId } = await bed.register()

    await bed.copy({ companyId, runId })

    const verified = await verifyRun(bed, { id: runId, companyId })
    assert.deepEqual(verified, { companyId, checked: 20, missing: 0, duplicated: 0, altered: 0, details: [] })
    await using store = await bed.store(runId)
    const taxed = await store
      .selectFrom('tat_items as item')
      .innerJoin('cnf_taxes as tax', 'tax.id', 'item.taxId')
      .select(['item.item_father_id as id', 'tax.name'])
      .where('item.item_father_id', '>', 0)
      .execute()
    assert.equal(taxed.length, 20)
    assert.deepEqual(new Set(taxed.map(({ name }) => name)), new Set(['IVA 19', 'IVA 5']))
  })
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
