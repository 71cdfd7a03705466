import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { TestBed } from '../../../test/support/copy-test-bed.ts'
import { startRun } from '../runs/runs.ts'

test('what a run finds active again behind its snapshot stays for sale, however much it is', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(10)
  await sql`insert into inv_items (tenant_id, "categoryId", name, sku, "taxId")
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 20100)
    select ${bed.distributorId}, 1, 'Más ' || i, 'MAS-' || i, 1 from n`.execute(bed.central)
  const stocked = await bed.register()
  await bed.copy(stocked)
  const setStatus = (status: number) =>
    bed.central.updateTable('inv_items').set({ status }).where('id', '>', 10).execute()
  await setStatus(0)
  const { companyId } = stocked
  const again = await startRun(bed, companyId)

  await bed.copy({ runId: again.id, companyId }, { renew: async () => void (await setStatus(1)) })

  await using store = await bed.store(stocked.runId)
  const gone = await store
    .selectFrom('tat_items')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('source_state', '=', 'discontinued')
    .executeTakeFirstOrThrow()
  assert.deepEqual([(await bed.run(again.id)).total, gone.count], [10, 0])
})
