import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type Databases, fileOf } from '../databases/place.ts'
import { type CopyWorker, timed } from './contender.ts'
import {
  newIds,
  pageSize,
  type ReadProduct,
  readProduct,
  type StoreIds,
  targetCells,
  unknownNames,
} from './hand-pages.ts'

/** By hand from file to file: one read a page, inserts of fifty rows, each page a transaction that is flushed. */
export async function openWorker({ source }: Pick<Databases, 'source'>): Promise<CopyWorker> {
  const reader = open(fileOf(source))
  return {
    async copyOnce({ target, companyId }) {
      using writer = open(fileOf(target))
      const statements = prepare(reader, writer)
      const store = { companyId, ids: newIds() }
      return await timed(() => copyPages(statements, writer, store))
    },
    [Symbol.asyncDispose]: async () => reader.close(),
  }
}

function copyPages(statements: Statements, writer: DatabaseSync, store: Store): void {
  let page = readPage(statements.read, 0)
  for (let last = page.at(-1); last; last = page.at(-1)) {
    writer.exec('begin immediate')
    learnIds(writer, store, page)
    writePage(statements, store, page)
    writer.exec('commit')
    page = page.length < pageSize ? [] : readPage(statements.read, last.id)
  }
}

/** As durable as the application's own files. */
function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 10_000 })
  database.exec('pragma journal_mode = wal; pragma synchronous = full')
  return database
}

const readSql = `select i.id, i.sku, i.name, c.name, t.name, t.percentage,
    (select v."values" from inv_values v
      where v.itemId = i.id and v.label = 'Precio Regular' and v.type = 'precio' and v.deleted_at is null
      order by v.date desc, v.updated_at desc, v.id desc limit 1),
    (select g.img_path from inv_image_gallery g
      where g.itemId = i.id and g.type = 'PRINCIPAL' and g.deleted_at is null order by g.id desc limit 1)
  from inv_items i
  left join inv_categories c on c.id = i.categoryId and c.deleted_at is null
  left join cnf_taxes t on t.id = i.taxId
  where i.id > ? and i.status = 1 and i.deleted_at is null
  order by i.id limit ${pageSize}`

const rowsAtOnce = 50

interface Statements {
  readonly read: StatementSync
  readonly insertMany: StatementSync
  readonly insertOne: StatementSync
}

function prepare(reader: DatabaseSync, writer: DatabaseSync): Statements {
  const read = reader.prepare(readSql)
  read.setReturnArrays(true)
  const row = '(?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 1, current_timestamp, current_timestamp)'
  const insert = (rows: number) =>
    writer.prepare(`insert into tat_items (item_father_id, sku, name, taxId, categoryId, img_path, cost, price, company_id,
        stock, status, created_at, updated_at)
      values ${Array(rows).fill(row).join(', ')}
      on conflict (company_id, item_father_id) do nothing`)
  return { read, insertMany: insert(rowsAtOnce), insertOne: insert(1) }
}

function readPage(read: StatementSync, afterId: number): readonly ReadProduct[] {
  return read.all(afterId).map((row) => {
    const [id, sku, name, category, tax, percentage, value, image] = Object.values(row)
    return readProduct(
      [Number(id), text(sku), String(name), text(category), text(tax), number(percentage) ?? null],
      number(value),
      text(image),
    )
  })
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

interface Store {
  readonly companyId: number
  readonly ids: StoreIds
}

function writePage({ insertMany, insertOne }: Statements, { companyId, ids }: Store, page: readonly ReadProduct[]) {
  let from = 0
  for (; from + rowsAtOnce <= page.length; from += rowsAtOnce) {
    const rows = page.slice(from, from + rowsAtOnce)
    insertMany.run(...rows.flatMap((product) => [...targetCells(product, ids), companyId]))
  }
  for (const product of page.slice(from)) insertOne.run(...targetCells(product, ids), companyId)
}

function learnIds(writer: DatabaseSync, { companyId, ids }: Store, page: readonly ReadProduct[]): void {
  const { categories, taxes } = unknownNames(page, ids)
  for (const name of categories) {
    const insert = writer.prepare(
      `insert into tat_categories (company_id, name) values (?, ?)
      on conflict (company_id, name) do update set name = excluded.name returning id`,
    )
    ids.categories.set(name, Number(insert.get(companyId, name)?.id))
  }
  for (const { name, percentage } of taxes) {
    const insert = writer.prepare(
      `insert into cnf_taxes (name, percentage) values (?, ?)
      on conflict (name, percentage) do update set name = excluded.name returning id`,
    )
    ids.taxes.set(name, Number(insert.get(name, percentage)?.id))
  }
}
