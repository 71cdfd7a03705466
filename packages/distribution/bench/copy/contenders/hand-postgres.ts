import pg from 'pg'
import { type Databases, type Place, serverOf } from '../databases/place.ts'
import type { CopyWorker } from './contender.ts'
import {
  type ItemRow,
  joinPage,
  pageSize,
  pageWorker,
  type ReadProduct,
  type Store,
  targetCells,
  unknownNames,
  type ValueRow,
} from './hand-pages.ts'

/** By hand on PostgreSQL: three short reads a page, one insert of its columns as arrays, each page a transaction. */
export function openWorker(ends: Pick<Databases, 'source'>): Promise<CopyWorker> {
  return pageWorker(ends, { connect, readPage, writePage })
}

async function connect(place: Place): Promise<pg.Client> {
  const { host, port, user, password, name } = serverOf(place)
  const client = new pg.Client({ host, port, user, password, database: name })
  await client.connect()
  return client
}

const itemsSql = `select i.id, i.sku, i.name, c.name, t.name, t.percentage
  from inv_items i
  left join inv_categories c on c.id = i."categoryId" and c.deleted_at is null
  left join cnf_taxes t on t.id = i."taxId"
  where i.id > $1 and i.status = 1 and i.deleted_at is null
  order by i.id limit ${pageSize}`

// Measured beside a lateral join for each item, which took half as long again in all.
const valuesSql = `select distinct on ("itemId") "itemId", "values" from inv_values
  where "itemId" between $1 and $2 and label = 'Precio Regular' and type = 'precio' and deleted_at is null
  order by "itemId", date desc, updated_at desc, id desc`

const imagesSql = `select "itemId", img_path from inv_image_gallery
  where "itemId" between $1 and $2 and type = 'PRINCIPAL' and deleted_at is null
  order by "itemId", id`

async function readPage(reader: pg.Client, afterId: number): Promise<readonly ReadProduct[]> {
  const items = await select<ItemRow>(reader, 'items', itemsSql, [afterId])
  if (items.length === 0) return []
  const range = [items[0]?.[0], items.at(-1)?.[0]]
  const values = await select<ValueRow<number>>(reader, 'values', valuesSql, range)
  const images = await select<ValueRow<string>>(reader, 'images', imagesSql, range)
  return joinPage(items, values, images)
}

// COPY into a staging table and the insert from there took longer, and so did a thousand lists of values. COPY straight
// into the table was faster by a quarter, but a page could not come twice.
const insertSql = `insert into tat_items (item_father_id, sku, name, "taxId", "categoryId", img_path, cost, price, company_id,
    stock, status, created_at, updated_at)
  select *, $9, 0, 1, now(), now()
  from unnest($1::bigint[], $2::varchar[], $3::varchar[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[])
  on conflict (company_id, item_father_id) do nothing`

async function writePage(writer: pg.Client, { companyId, ids }: Store, page: readonly ReadProduct[]): Promise<void> {
  await writer.query('begin')
  await learnIds(writer, { companyId, ids }, page)
  const rows = page.map((product) => targetCells(product, ids))
  const columns = Array.from({ length: 8 }, (_, column) => rows.map((cells) => cells[column]))
  await writer.query({ name: 'insert', text: insertSql, values: [...columns, companyId] })
  await writer.query('commit')
}

async function learnIds(writer: pg.Client, { companyId, ids }: Store, page: readonly ReadProduct[]): Promise<void> {
  const { categories, taxes } = unknownNames(page, ids)
  for (const name of categories) {
    const { rows } = await writer.query(
      `insert into tat_categories (company_id, name) values ($1, $2)
      on conflict (company_id, name) do update set name = excluded.name returning id`,
      [companyId, name],
    )
    ids.categories.set(name, Number(rows[0]?.id))
  }
  for (const { name, percentage } of taxes) {
    const { rows } = await writer.query(
      `insert into cnf_taxes (name, percentage) values ($1, $2)
      on conflict (name, percentage) do update set name = excluded.name returning id`,
      [name, percentage],
    )
    ids.taxes.set(name, Number(rows[0]?.id))
  }
}

async function select<Row extends readonly unknown[]>(
  ...[client, name, text, values]: [client: pg.Client, name: string, text: string, values: unknown[]]
): Promise<readonly Row[]> {
  const { rows } = await client.query<[...Row]>({ name, text, values, rowMode: 'array' })
  return rows
}
