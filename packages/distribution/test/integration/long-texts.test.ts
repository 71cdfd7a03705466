import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import { verifyRun } from '../../src/copy/verify/verify.ts'
import { bedDrivers } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'

const widened = {
  sqlite: [],
  mariadb: ['alter table inv_items modify sku varchar(500), modify name text not null'],
  mysql: ['alter table inv_items modify sku varchar(500), modify name text not null'],
  postgres: ['alter table inv_items alter column sku type varchar(500), alter column name type text'],
} as const

for (const driver of bedDrivers)
  describe(`the products of an adopted table on ${driver}`, () => {
    test('whose texts no store has room for are an outcome each, and the others are copied', async () => {
      await using bed = await TestBed.open(driver)
      await bed.addProducts(40)
      for (const statement of widened[driver]) await sql.raw(statement).execute(bed.central)
      await sql`update inv_items set sku = ${'S'.repeat(256)} where id = 3`.execute(bed.central)
      await sql`update inv_items set name = ${'n'.repeat(300)} where id = 4`.execute(bed.central)
      await sql`update inv_items set name = ${'🥑'.repeat(255)} where id = 5`.execute(bed.central)

      const registered = await bed.register()
      await bed.copy(registered)
      const { state, copied, errors } = await bed.run(registered.runId)
      await sql`update inv_items set name = ${'n'.repeat(300)} where id = 6`.execute(bed.central)
      const again = await bed.copyAgain(registered.companyId)

      assert.deepEqual([state, copied, errors], ['completed_with_errors', 38, 2])
      assert.deepEqual([again.state, again.unchanged, again.errors], ['completed_with_errors', 37, 3])
      const verified = await verifyRun(bed, again)
      assert.deepEqual([verified?.missing, verified?.altered, verified?.duplicated], [0, 0, 0])
      await using store = await bed.store(again.id)
      const outcomes = await store
        .selectFrom('copy_outcomes')
        .select(['source_item_id as id', 'reason'])
        .where('run_id', '=', again.id)
        .orderBy('source_item_id')
        .execute()
      assert.deepEqual(
        outcomes.map(({ id, reason }) => [id, reason]),
        [3, 4, 6].map((id) => [id, 'text_too_long']),
      )
    })
  })
