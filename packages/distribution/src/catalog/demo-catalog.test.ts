import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { openTemporaryCatalog, type TemporaryCatalog } from '../../test/support/temporary-catalog.ts'
import { addDemoCatalog, demoCounts } from './demo-catalog.ts'
import { importCatalog } from './import-catalog.ts'

test('the demo catalogue holds exactly what its counts say', async () => {
  await using catalog = await openTemporaryCatalog()

  const added = await addDemoCatalog(catalog, catalog.distributorId)

  const { lines: _, ...expected } = demoCounts
  assert.equal(added, demoCounts.products)
  assert.deepEqual({ ...(await countProducts(catalog)) }, expected)
})

test('the products without a price are all active', async () => {
  await using catalog = await openTemporaryCatalog()
  await addDemoCatalog(catalog, catalog.distributorId)

  const { rows } = await sql<{ count: number }>`
    select count(*) as count from inv_items
    where status = 1 and deleted_at is null and id not in (select itemId from inv_values)`.execute(catalog.central)

  assert.equal(rows[0]?.count, demoCounts.withoutPrice)
})

test('behind a current price the older one differs and is not the latest', async () => {
  await using catalog = await openTemporaryCatalog()
  await addDemoCatalog(catalog, catalog.distributorId)

  const { rows } = await sql<{ older: number; current: number; olderDate: string; currentDate: string }>`
    select older."values" as older, current."values" as current, older.date as olderDate, current.date as currentDate
    from inv_values as older
    join inv_values as current on current.itemId = older.itemId and current.id < older.id`.execute(catalog.central)

  assert.equal(rows.length, demoCounts.withHistory)
  assert.ok(rows.every((row) => row.older !== row.current && row.older > 0 && row.olderDate < row.currentDate))
})

test('a second time, or over products of somebody, nothing is added', async () => {
  await using catalog = await openTemporaryCatalog()
  const bytes = new TextEncoder().encode('sku;nombre;precio\n1;Propio;5\n')
  await importCatalog(catalog, { distributorId: catalog.distributorId, bytes })

  assert.equal(await addDemoCatalog(catalog, catalog.distributorId), 0)
  assert.equal((await countProducts(catalog)).products, 1)
})

test('two processes that add the demo at once add it once', async () => {
  await using catalog = await openTemporaryCatalog()

  const added = await Promise.all([1, 2].map(() => addDemoCatalog(catalog, catalog.distributorId)))

  assert.deepEqual(
    [...added].sort((a, b) => a - b),
    [0, demoCounts.products],
  )
})

async function countProducts({ central }: TemporaryCatalog) {
  const { rows } = await sql<Omit<Record<keyof typeof demoCounts, number>, 'lines'>>`
    select
      count(*) as products,
      sum(status = 0) as inactive,
      sum(deleted_at is not null) as deleted,
      sum(status = 1 and deleted_at is null) as active,
      sum((select count(*) from inv_values where itemId = item.id) = 0) as withoutPrice,
      sum((select count(*) from inv_image_gallery where itemId = item.id) = 0) as withoutImage,
      sum((select count(*) from inv_values where itemId = item.id) = 2) as withHistory
    from inv_items as item`.execute(central)
  const [counts] = rows
  assert.ok(counts)
  return counts
}
