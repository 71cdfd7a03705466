import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { parse } from 'node:path'
import { test } from 'node:test'
import { Kysely, sql } from 'kysely'
import { TestSite } from '../../test/support/test-site.ts'
import { nodeSqliteDialect } from '../database/node-sqlite-dialect.ts'
import type { StoreTables } from '../database/store-tables.ts'
import { sqliteHosting } from '../tenancy/sqlite-hosting.ts'
import { type StoreDatabase, StoreDatabases } from '../tenancy/store-databases.ts'
import { readStoreContents } from './store-contents.ts'
import { findStore, type StoreSummary } from './stores.ts'

test('a store whose database somebody else holds is told as unreadable', async () => {
  await using site = await TestSite.open()
  const { store, file } = await addStoreWithFile(site)
  await using holder = new ImpatientDatabases(file).of(file)
  await sql`pragma locking_mode = exclusive`.execute(holder)
  await sql`update tat_items set stock = 1`.execute(holder)

  const deps = { ...site.dependencies, stores: new ImpatientDatabases(file) }
  const contents = await readStoreContents(deps, { store, search: undefined, afterId: undefined })

  assert.equal(contents.list.products, 'unreadable')
  assert.equal(contents.report.isReadable, false)
  assert.match(site.logged.join(), /stayed locked/)
})

test('a store whose file is gone is told as unreadable, and no file is made in its place', async () => {
  await using site = await TestSite.open()
  const { store, file } = await addStoreWithFile(site)
  rmSync(file)

  const contents = await readStoreContents(site.dependencies, { store, search: undefined, afterId: undefined })

  assert.equal(contents.list.products, 'unreadable')
  assert.equal(existsSync(file), false)
})

/** A registered store, and where its database is. */
async function addStoreWithFile(site: TestSite): Promise<{ readonly store: StoreSummary; readonly file: string }> {
  const store = await findStore(site.central, await site.addStore('Tienda La 45'))
  assert.ok(store)
  let file = ''
  await site.fillStore(store.companyId, async (database) => {
    const { rows } = await sql<{ file: string }>`pragma database_list`.execute(database)
    file = rows[0]?.file ?? ''
  })
  return { store, file }
}

/** Waits a tenth of a second for a lock, so that the test need not wait for long. */
class ImpatientDatabases extends StoreDatabases {
  readonly #file: string

  constructor(file: string) {
    super(sqliteHosting(parse(file).dir))
    this.#file = file
  }

  of(file: string): StoreDatabase {
    return new Kysely<StoreTables>({ dialect: nodeSqliteDialect(file, 0.1) })
  }

  override async open(): Promise<StoreDatabase> {
    return this.of(this.#file)
  }
}
