import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import { standardStrategy } from '../../catalog/price-strategy.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import { verifyRun } from './verify.ts'

test('the oracle shares no code with the copy', () => {
  const reached = [...importsOf(resolve(import.meta.dirname, 'verify.ts'))].map((file) => basename(file))

  const copying =
    /^(plan|assign-skus|store-price|write-|source-|page-state|current-values|skip-reason|store-references)/
  assert.deepEqual(
    reached.filter((name) => copying.test(name)),
    [],
  )
  // What is followed is not nothing.
  for (const known of ['verify-values.ts', 'verify-hash.ts', 'price-strategy.ts']) assert.ok(reached.includes(known))
})

/** The files that running a file runs; types are gone by then. */
function importsOf(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export(?= [{*])) (?!type )[^']*? from '(\.[^']+)'/gm)
  for (const [, path = ''] of imports) importsOf(resolve(dirname(file), path), seen)
  return seen
}

type Change = (store: StoreDatabase, bed: TestBed) => Promise<unknown>

const inStore =
  (text: string): Change =>
  (store) =>
    sql.raw(text).execute(store)
const atDistributor =
  (text: string): Change =>
  (_store, bed) =>
    sql.raw(text).execute(bed.central)
const withRules =
  (rules: object): Change =>
  (_store, bed) =>
    sql`update tenants set copy_rules = ${JSON.stringify(rules)} where kind = 'distributor'`.execute(bed.central)

/** What is no mistake once a copy has run, and how many products are to be there. */
const agreed: readonly (readonly [title: string, changes: readonly Change[], checked: number])[] = [
  ['a strategy of its own', [withRules({ strategy: { ...standardStrategy, marginPercent: 40, version: 2 } })], 12],
  ['another base price', [withRules({ strategy: { ...standardStrategy, baseLabel: 'Costo' } })], 12],
  ['a combo off sale', [typed('COMBO', 3), withRules({ policies: { combo: 'inactive' } })], 12],
  ['a combo left out', [typed('COMBO', 3), gone(3), withRules({ policies: { combo: 'skip' } })], 11],
  ['a combo copied before', [typed('COMBO', 3), withRules({ policies: { combo: 'skip' } })], 12],
  [
    'a generic product left out',
    [flagged('generic', 1), gone(3), withRules({ policies: { genericProduct: 'skip' } })],
    11,
  ],
  [
    'a service left out',
    [flagged('inventoriable', 0), gone(3), withRules({ policies: { notInventoriable: 'skip' } })],
    11,
  ],
  ['a taken SKU', [own('SKU-3'), gone(3)], 11],
  ['a taken SKU with spaces', [own(' SKU-3 '), gone(3)], 11],
  ['a taken SKU in another case', [own('sku-3'), gone(3)], 12],
  ['a suffix', [own('SKU-3'), gone(3), withRules({ policies: { skuConflict: 'suffix' } })], 12],
  ['a made-up SKU', [atDistributor(`update inv_items set sku = ' ' where id = 3`), gone(3)], 12],
  ['a lost SKU', [atDistributor(`update inv_items set sku = ' ' where id = 3`)], 12],
  ['GENERICO', [atDistributor(`update inv_items set sku = 'genérico' where id = 3`), gone(3)], 12],
  ['a SKU of the store', [atDistributor(`update inv_items set sku = 'Generico' where id = 3`), gone(3)], 11],
  ['a price that no one can charge', [atDistributor('update inv_values set "values" = -1 where itemId = 3')], 12],
  [
    'a product that no one can price, and that has another SKU now',
    [
      atDistributor('update inv_values set "values" = -1 where itemId = 3'),
      atDistributor(`update inv_items set sku = 'x' where id = 3`),
    ],
    12,
  ],
  ['brand and unit', [branded()], 12],
  ['a manual price', [inStore(`update tat_items set price = 1, price_mode = 'manual' where item_father_id = 3`)], 12],
  [
    'a hidden product',
    [inStore(`update tat_items set hidden_at = '2026-01-01 00:00:00' where item_father_id = 3`)],
    12,
  ],
  [
    'a deleted product',
    [inStore(`update tat_items set deleted_at = '2026-01-01 00:00:00' where item_father_id = 3`)],
    11,
  ],
  ['a product that is sold no more', [atDistributor('update inv_items set status = 0 where id = 3')], 11],
  [
    'locked fields',
    [
      inStore(`update tat_items set sku = 'x', name = 'x', categoryId = null, taxId = null, img_path = 'x', brand = 'x',
        unit = 'x', status = 0, locked_fields = 'sku,name,category,tax,image,brand,unit,status' where item_father_id = 3`),
    ],
    12,
  ],
]

for (const [title, changes, checked] of agreed)
  test(`the oracle agrees with the copy about ${title}`, async () => {
    await using bed = await TestBed.open()
    await bed.addProducts(12)
    const { companyId, runId } = await bed.register()
    await bed.copy({ companyId, runId })
    await using store = await bed.store(runId)
    for (const change of changes) await change(store, bed)

    const { id } = await bed.copyAgain(companyId)

    assert.deepEqual(await verifyRun(bed, { id, companyId }), { companyId, checked, ...nothing })
  })

const nothing = { missing: 0, duplicated: 0, altered: 0, details: [] }

test('what a store decides between two copies is no mistake', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(12)
  const { companyId, runId } = await bed.register()
  await bed.copy({ companyId, runId })
  await using store = await bed.store(runId)
  await inStore(`update tat_items set price = 9, price_mode = 'manual' where item_father_id = 3`)(store, bed)
  await inStore(`update tat_items set name = 'x', locked_fields = 'name' where item_father_id = 4`)(store, bed)
  await inStore(`update tat_items set deleted_at = '2026-01-01 00:00:00' where item_father_id = 5`)(store, bed)
  await inStore(`update tat_items set sku = 'x', locked_fields = 'sku' where item_father_id = 6`)(store, bed)

  assert.deepEqual(await verifyRun(bed, { id: runId, companyId }), { companyId, checked: 11, ...nothing })
})

test('the oracle misses a product with a taken SKU where the policy is a suffix', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(12)
  const { companyId, runId } = await bed.register()
  await bed.copy({ companyId, runId })
  await using store = await bed.store(runId)
  for (const change of [own('SKU-3'), gone(3), withRules({ policies: { skuConflict: 'suffix' } })])
    await change(store, bed)

  const result = await verifyRun(bed, { id: runId, companyId })

  assert.deepEqual(result?.details, [{ kind: 'missing', sourceId: 3, sku: 'SKU-3', fields: [] }])
})

function typed(type: string, id: number): Change {
  return atDistributor(`update inv_items set type = '${type}' where id = ${id}`)
}

function flagged(column: 'generic' | 'inventoriable', value: 0 | 1): Change {
  return atDistributor(`update inv_items set ${column} = ${value} where id = 3`)
}

function gone(id: number): Change {
  return inStore(`delete from tat_items where item_father_id = ${id}`)
}

function own(sku: string): Change {
  return inStore(`insert into tat_items (item_father_id, company_id, sku, name, cost, price)
    select 0, company_id, '${sku}', 'x', 1, 1 from tat_items limit 1`)
}

function branded(): Change {
  return async (_store, { central, distributorId }) => {
    await sql`insert into inv_item_brand (tenant_id, name) values (${distributorId}, 'Roa')`.execute(central)
    await sql`insert into inv_unit_measurements (tenant_id, description) values (${distributorId}, 'Libra')`.execute(
      central,
    )
    await sql`update inv_items set brandId = 1, consumption_unit = 1 where id in (3, 4)`.execute(central)
  }
}
