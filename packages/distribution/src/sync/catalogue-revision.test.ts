import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { standardRules } from '../copy/copy-rules.ts'
import { readCatalogueRevision, rulesRevision } from './catalogue-revision.ts'

/** As somebody types them at a SQL prompt: no column of moments is written. */
const edits = {
  'a price that was changed in place': sql`update inv_values set "values" = "values" + 1 where id = 3`,
  'a price that was deleted': sql`delete from inv_values where id = 3`,
  'two prices that were exchanged': sql`update inv_values set "itemId" = 7 - "itemId" where "itemId" in (3, 4)`,
  'an older date of a price': sql`update inv_values set date = '2020-01-01 00:00:00' where id = 5`,
  'a name that was changed in place': sql`update inv_items set name = 'Producto X' where id = 3`,
  'a SKU in other letters': sql`update inv_items set sku = 'sku-3' where id = 3`,
  'a product without its tax': sql`update inv_items set "taxId" = null where id = 3`,
  'a product that is sold no more': sql`update inv_items set status = 0 where id = 3`,
  'a product that was deleted': sql`update inv_items set deleted_at = '2026-11-01 10:00:00' where id = 6`,
  'another image': sql`update inv_image_gallery set img_path = 'otra.webp' where "itemId" = 4`,
  'an image that was deleted': sql`delete from inv_image_gallery where "itemId" = 4`,
  'a category that was renamed': sql`update inv_categories set name = 'Granos y más' where id = 1`,
  'another percentage of a tax': sql`update cnf_taxes set percentage = 19.5 where id = 1`,
}

for (const driver of bedDrivers)
  describe(`the revision of a catalogue on ${driver}`, () => {
    test('stays while nothing changes, and each change moves it', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(6)
      const source = { distributorId: bed.distributorId, baseLabel: 'Precio Regular' } as const
      const seen = [await readCatalogueRevision(bed.central, source)]
      assert.equal(await readCatalogueRevision(bed.central, source), seen[0])

      for (const [what, edit] of Object.entries(edits)) {
        await edit.execute(bed.central)
        const revision = await readCatalogueRevision(bed.central, source)
        assert.ok(!seen.includes(revision), what)
        seen.push(revision)
      }
    })

    test('does not move with what no copy reads', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(6)
      const source = { distributorId: bed.distributorId, baseLabel: 'Precio Regular' } as const
      const before = await readCatalogueRevision(bed.central, source)

      await sql`insert into inv_values ("values", type, "itemId", label) values (7, 'costo', 3, 'Costo')`.execute(
        bed.central,
      )
      await sql`insert into inv_image_gallery (img_path, type, "itemId") values ('a.webp', 'GALERIA', 3)`.execute(
        bed.central,
      )

      assert.equal(await readCatalogueRevision(bed.central, source), before)
      assert.notEqual(await readCatalogueRevision(bed.central, { ...source, baseLabel: 'Costo' }), before)
      assert.match(before, /^[0-9a-f]{32}$/)
    })
  })

test('rules are another revision when any of them changes', () => {
  const { strategy, policies } = standardRules

  const other = { policies, strategy: { ...strategy, version: strategy.version + 1 } }

  assert.equal(rulesRevision(standardRules), rulesRevision({ strategy, policies }))
  assert.notEqual(rulesRevision(standardRules), rulesRevision(other))
})
