import type { Dialect } from '../databases/dialect.ts'
import type { SqlClient } from '../databases/sql-client.ts'
import { assortment, type Catalog, itemSql, lastItem } from './seeded-product.ts'

export interface FilledCatalog extends Catalog {
  /** Where the tables hold several distributors: whose rows these are. */
  readonly tenantId?: string
}

/**
 * Writes a distributor's catalogue into tables that are there, the original's or ours. The database makes the rows itself,
 * in ranges, so that a million products take it no longer than writing them.
 */
export async function fillCatalog(client: SqlClient, dialect: Dialect, catalog: FilledCatalog): Promise<void> {
  await createAssortment(client, catalog)
  const last = lastItem(catalog)
  for (let from = 1; from <= last; from += rangeSize) {
    const series = dialect.series(from, Math.min(last, from + rangeSize - 1))
    await client.run('begin')
    await client.run(itemsSql(series, dialect, catalog))
    await client.run(pricesSql(series, dialect, catalog))
    await client.run(imagesSql(series))
    await client.run('commit')
  }
  await client.run('drop table bench_assortment')
}

/** After the indexes: what a database knows of its tables once they have been there for a while. */
export async function analyzeCatalog(client: SqlClient, dialect: Dialect): Promise<void> {
  const tables = ['cnf_taxes', 'inv_categories', 'inv_items', 'inv_values', 'inv_image_gallery']
  for (const table of tables) await client.run(dialect.analyze(table))
}

/** Small enough for the undo of one transaction. */
const rangeSize = 100_000

/** Categories and taxes, and a table that the items take their names from. */
async function createAssortment(client: SqlClient, catalog: FilledCatalog): Promise<void> {
  const categories = await insertCategories(client, catalog)
  const taxes = await insertTaxes(client)
  await client.run(
    'create table bench_assortment (id int primary key, name varchar(255), category_id bigint, tax_id bigint, cost bigint)',
  )
  const rows = assortment.map(({ name, category, tax, price }, index) =>
    [index, text(name), categories.get(category), taxes.get(tax), price].join(', '),
  )
  await client.run(`insert into bench_assortment values (${rows.join('), (')})`)
}

async function insertCategories(client: SqlClient, catalog: FilledCatalog): Promise<ReadonlyMap<string, number>> {
  const names = [...new Set(assortment.map(({ category }) => category))]
  const { column, value } = tenantSql(catalog)
  const rows = names.map((name, index) => `(${index + 1}, ${value}${text(name)})`)
  await client.run(`insert into inv_categories (id, ${column}name) values ${rows.join(', ')}`)
  return new Map(names.map((name, index) => [name, index + 1]))
}

/** Answers their ids by percentage; those that a migration has put there are used as they are. */
async function insertTaxes(client: SqlClient): Promise<ReadonlyMap<number, number>> {
  const wanted = [...new Set(assortment.map(({ tax }) => tax))]
  const known = await readTaxes(client)
  const missing = wanted.filter((percentage) => !known.has(percentage))
  const rows = missing.map((percentage) => `('IVA ${percentage}', ${percentage})`)
  if (rows.length > 0) await client.run(`insert into cnf_taxes (name, percentage) values ${rows.join(', ')}`)
  return readTaxes(client)
}

async function readTaxes(client: SqlClient): Promise<ReadonlyMap<number, number>> {
  const rows = await client.rows('select id, percentage from cnf_taxes')
  return new Map(rows.map(({ id, percentage }) => [Number(percentage), Number(id)]))
}

function itemsSql(series: string, { asMoment }: Dialect, catalog: FilledCatalog): string {
  const { column, value } = tenantSql(catalog)
  return `insert into inv_items
      (id, ${column}"categoryId", name, internal_code, sku, type, "taxId", inventoriable, status, generic, deleted_at)
    select i, ${value}case when ${itemSql.hasCategory} then category_id end, name || ' ' || i, 'C' || i, 'SKU-' || i,
      'COMPRA NACIONAL', case when ${itemSql.hasTax} then tax_id end, 1, case when ${itemSql.isActive} then 1 else 0 end, 0,
      ${asMoment(`case when ${itemSql.isDeleted} then '2026-03-01 08:00:00' end`)}
    from ${series} as series ${joinAssortment(catalog)}`
}

/** Each product has one to three prices for stores, in turned order, and one cost that is none of the copy's business. */
function pricesSql(series: string, { asMoment }: Dialect, catalog: FilledCatalog): string {
  const { olderPrices, cost, cents, hasPrice } = itemSql
  // 0 is the oldest; the latest stands at another place for each product.
  const rank = `((place + i) % (${olderPrices} + 1))`
  const date = asMoment(
    `case when place = 3 or ${rank} = ${olderPrices} then '2026-02-01 08:00:00'
      when ${rank} = 0 then '2025-03-01 08:00:00' else '2025-09-01 08:00:00' end`,
  )
  return `insert into inv_values (date, created_at, updated_at, "itemId", "values", type, label)
    select ${date}, ${date}, ${date}, i, ${cost(catalog.seed, 'cost')} - case when place = 3 then 10 else 7 * (${olderPrices} - ${rank}) end + ${cents},
      case when place = 3 then 'costo' else 'precio' end,
      case when place = 3 then 'Costo' else 'Precio Regular' end
    from ${series} as series ${joinAssortment(catalog)}
    cross join (select 0 as place union all select 1 union all select 2 union all select 3) as history
    where place = 3 or (place <= ${olderPrices} and ${hasPrice})`
}

function imagesSql(series: string): string {
  return `insert into inv_image_gallery ("itemId", img_path, type)
    select i, 'products/' || i || '/' || image.type || '.webp', image.type
    from ${series} as series
    cross join (select 'PRINCIPAL' as type union all select 'GALERIA') as image
    where (image.type = 'PRINCIPAL' and ${itemSql.hasPrincipalImage}) or (image.type = 'GALERIA' and ${itemSql.hasGallery})`
}

function joinAssortment({ seed }: Catalog): string {
  return `join bench_assortment on bench_assortment.id = (i + ${seed}) % ${assortment.length}`
}

function tenantSql({ tenantId }: FilledCatalog) {
  return tenantId === undefined ? { column: '', value: '' } : { column: 'tenant_id, ', value: `${text(tenantId)}, ` }
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
