import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sql } from 'kysely'
import { idleContext, TestBed } from '../../../test/support/copy-test-bed.ts'
import { sqliteHosting } from '../../tenancy/sqlite-hosting.ts'
import { StoreDatabases } from '../../tenancy/store-databases.ts'
import { copyProducts } from '../copy-products-job.ts'

test('while a page is written, anybody may write the catalogue that it was read from', async () => {
  await using bed = await TestBed.open()
  await bed.addProducts(4500)
  const store = await bed.register()
  const path = await pathOf(bed)
  using other = new DatabaseSync(path, { timeout: 0 })
  const answers: string[] = []
  const stores = new StoreDatabases(sqliteHosting(join(dirname(path), 'tenants')), {
    log: ({ query }) => {
      if (/^insert into "tat_items"/.test(query.sql)) answers.push(tryToWrite(other))
    },
  })

  await copyProducts(
    { ...bed, stores },
    { companyId: store.companyId },
    idleContext((await bed.run(store.runId)).jobUuid),
  )

  // Each writes some of a page.
  assert.ok(answers.length > 4, `${answers.length} statements`)
  assert.deepEqual([...new Set(answers)], ['written'])
  assert.equal((await bed.run(store.runId)).copied, 4500)
})

async function pathOf({ central }: TestBed): Promise<string> {
  const { rows } = await sql<{ readonly file: string }>`pragma database_list`.execute(central)
  return rows[0]?.file ?? ''
}

function tryToWrite(catalogue: DatabaseSync): string {
  try {
    catalogue.exec('begin immediate; update inv_items set name = name; rollback')
    return 'written'
  } catch (error) {
    return String(error)
  }
}
