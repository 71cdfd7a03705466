import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { eventually } from '../../../queue/test/support/eventually.ts'
import { type PrivateServer, privateMariadb } from '../../../queue/test/support/private-servers.ts'
import type { ServerAddress } from '../../../queue/test/support/servers.ts'
import type { StoreDatabase } from '../../src/tenancy/store-databases.ts'
import { onMysql } from '../support/bed-place.ts'
import { bulklessRelay } from '../support/bulkless-relay.ts'
import { TestBed } from '../support/copy-test-bed.ts'

if (privateMariadb)
  test('a server that takes no bulks has every row of a store as one that does', async () => {
    await using server = await privateMariadb?.launch()
    assert.ok(server)
    await using relay = await bulklessRelay(server.address)

    const inBulk = await copyOn(server, 'bulk', server.address)
    const inStatements = await copyOn(server, 'statements', relay)

    assert.deepEqual(inStatements.rows, inBulk.rows)
    // Both copy in two pages.
    assert.deepEqual(inBulk.productsOfStatements, [1, 1])
    assert.deepEqual(inStatements.productsOfStatements, [1_000, 1_000])
    assert.deepEqual(inBulk.kept, [9_900, 'manual', 2_010])
  })

/** A first copy of several pages, one after its store has decided something, and one that meets products it did not expect. */
async function copyOn(server: PrivateServer, name: string, { host, port }: Pick<ServerAddress, 'host' | 'port'>) {
  await server.query(`create database ${name}`)
  const place = onMysql({
    settings: { ...server.address, host, port, database: name },
    query: (text) => server.query(text, name),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })
  await using bed = await TestBed.open(place)
  await bed.addProducts(2_000)
  await sql`update inv_items set name = concat(${'a\tb\\\nñ🥑'}, id) where id % 7 = 0`.execute(bed.central)
  await sql`delete from inv_values where "itemId" % 25 = 0`.execute(bed.central)
  const registered = await bed.register()
  await bed.copy(registered)
  const productsOfStatements = bed.statements.flatMap(productsOf)
  await using store = await bed.store(registered.runId)
  await sql`update tat_items set price = 9900, price_mode = 'manual' where item_father_id % 40 = 1`.execute(store)
  await sql`update tat_items set name = 'Mío', locked_fields = 'name,sku' where item_father_id % 40 = 2`.execute(store)
  await sql`update inv_values set "values" = "values" + 10`.execute(bed.central)
  await bed.copyAgain(registered.companyId)
  await bed.addProducts(2_040, 2_001)
  await copyBeside(bed, store, registered.companyId)

  return { rows: await rowsOf(store), kept: await keptOf(store), productsOfStatements }
}

/** How many products the text is for, if it is one of a page. */
function productsOf(text: string): readonly number[] {
  return /^insert into "tat_items" \("item_father_id"/.test(text) ? [text.match(/\(\?,[?,]*\)/g)?.length ?? 0] : []
}

/** Another transaction brings a product, with a price of the store, after the copy has seen that it is not there. */
async function copyBeside(bed: TestBed, store: StoreDatabase, companyId: number): Promise<void> {
  const other = await store.startTransaction().execute()
  await sql`
    insert into tat_items (item_father_id, company_id, sku, name, cost, price, price_mode, locked_fields)
    values (2010, ${companyId}, 'SKU-2010', 'Old', 1, 9900, 'manual', ''), (2011, ${companyId}, 'MIO', 'Mío', 1, 1, 'auto', 'name')
  `.execute(other)
  const pages = () => bed.statements.filter((text) => /tat_items.* union all /.test(text)).length
  bed.statements.length = 0
  const copying = bed.copyAgain(companyId)
  await eventually(() => pages() === 2)
  await other.commit().execute()
  assert.equal((await copying).state, 'completed')
}

/** All but numbers that the server gives and moments. */
async function rowsOf(store: StoreDatabase) {
  const items = await store.selectFrom('tat_items').selectAll().orderBy('item_father_id').execute()
  const outcomes = await store
    .selectFrom('copy_outcomes')
    .selectAll()
    .orderBy('run_id')
    .orderBy('source_item_id')
    .orderBy('reason')
    .execute()
  const categories = await store.selectFrom('tat_categories').selectAll().orderBy('source_category_id').execute()
  const receipts = await store.selectFrom('copy_receipts').selectAll().orderBy('run_id').execute()
  return [items, outcomes, categories, receipts].map((rows: readonly object[]) =>
    rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !given.has(column)))),
  )
}

const given: ReadonlySet<string> = new Set(['id', 'created_at', 'updated_at', 'finished_at'])

async function keptOf(store: StoreDatabase): Promise<readonly unknown[]> {
  const { rows } = await sql<object>`
    select price, price_mode, item_father_id from tat_items where item_father_id = 2010`.execute(store)
  return Object.values(rows[0] ?? {})
}
