import mariadb, { type Connection } from 'mariadb'
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

/** By hand on MariaDB: three short reads a page, one bulk insert a page, each page a transaction. */
export function openWorker(ends: Pick<Databases, 'source'>): Promise<CopyWorker> {
  return pageWorker(ends, { connect, readPage, writePage })
}

function connect(place: Place): Promise<Connection> {
  const { host, port, user, password, name } = serverOf(place)
  return mariadb.createConnection({
    ...{ host, port, user, password, database: name },
    rowsAsArray: true,
    bigIntAsNumber: true,
    insertIdAsNumber: true,
  })
}

const itemsSql = `select i.id, i.sku, i.name, c.name, t.name, t.percentage
  from inv_items i
  left join inv_categories c on c.id = i.categoryId and c.deleted_at is null
  left join cnf_taxes t on t.id = i.taxId
  where i.id > ? and i.status = 1 and i.deleted_at is null
  order by i.id limit ${pageSize}`

// The latest comes last and wins; a window over the same rows was slower, a subquery for each item twice as slow.
const valuesSql = `select itemId, \`values\` from inv_values
  where itemId between ? and ? and label = 'Precio Regular' and type = 'precio' and deleted_at is null
  order by itemId, date, updated_at, id`

const imagesSql = `select itemId, img_path from inv_image_gallery
  where itemId between ? and ? and type = 'PRINCIPAL' and deleted_at is null
  order by itemId, id`

async function readPage(reader: Connection, afterId: number): Promise<readonly ReadProduct[]> {
  const items = await reader.execute<ItemRow[]>(itemsSql, [afterId])
  const range = [items[0]?.[0], items.at(-1)?.[0]]
  if (items.length === 0) return []
  const [values, images] = await Promise.all([
    reader.execute<ValueRow<number>[]>(valuesSql, range),
    reader.execute<ValueRow<string>[]>(imagesSql, range),
  ])
  return joinPage(items, values, images)
}

const insertSql = `insert into tat_items (item_father_id, sku, name, taxId, categoryId, img_path, cost, price, company_id,
    stock, status, created_at, updated_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 1, now(), now())
  on duplicate key update sku = values(sku), name = values(name)`

async function writePage(writer: Connection, { companyId, ids }: Store, page: readonly ReadProduct[]): Promise<void> {
  await writer.beginTransaction()
  await learnIds(writer, { companyId, ids }, page)
  await writer.batch(
    insertSql,
    page.map((product) => [...targetCells(product, ids), companyId]),
  )
  await writer.commit()
}

async function learnIds(writer: Connection, { companyId, ids }: Store, page: readonly ReadProduct[]): Promise<void> {
  const { categories, taxes } = unknownNames(page, ids)
  for (const name of categories) {
    const { insertId } = await writer.execute(
      'insert into tat_categories (company_id, name) values (?, ?) on duplicate key update id = last_insert_id(id)',
      [companyId, name],
    )
    ids.categories.set(name, insertId)
  }
  for (const { name, percentage } of taxes) {
    const { insertId } = await writer.execute(
      'insert into cnf_taxes (name, percentage) values (?, ?) on duplicate key update id = last_insert_id(id)',
      [name, percentage],
    )
    ids.taxes.set(name, insertId)
  }
}
