import type { Row } from '@surtidor/queue'
import { numberOrNull, type OriginalTables, textOrNull } from './original-tables.ts'

/** A row of `tat_items` as the original has left it. */
export interface OriginalRow {
  readonly id: number
  /** 0 for the store's own products, and for those whose link an edit has cut. */
  readonly sourceId: number
  readonly sku: string | null
  readonly name: string
  readonly cost: number
  readonly price: number
  readonly status: number
  readonly image: string | null
  readonly category: string | null
  /** Whose category it is. */
  readonly categoryCompanyId: number | null
  readonly taxId: number | null
  readonly taxName: string | null
  readonly taxPercentage: number | null
  readonly createdAt: string | null
  readonly updatedAt: string | null
  readonly deletedAt: string | null
}

export interface RowRange {
  readonly companyId: number
  readonly afterId: number
  readonly lastId: number
}

/** The copies of the distributor's products of a range of ids, in their order; two of one product in that of their rows. */
export async function* readCopies(
  tables: OriginalTables,
  { companyId, afterId, lastId }: RowRange,
): AsyncGenerator<OriginalRow> {
  let after = { sourceId: afterId + 1, id: 0 }
  for (;;) {
    const rows = await tables.query(
      `${selectRows(tables)}
       where item.company_id = ? and item.item_father_id <= ? and item.item_father_id >= ?
         and (item.item_father_id > ? or item.id > ?)
       order by item.item_father_id, item.id
       limit ${pageSize}`,
      [companyId, lastId, after.sourceId, after.sourceId, after.id],
    )
    const read = rows.map(rowOf)
    yield* read
    const last = read.at(-1)
    if (last === undefined || read.length < pageSize) return
    after = last
  }
}

/** The store's own products, and those whose link is lost, in the order of their rows. */
export async function readOwnRows(tables: OriginalTables, companyId: number): Promise<readonly OriginalRow[]> {
  const found: OriginalRow[] = []
  for (;;) {
    const rows = await tables.query(
      `${selectRows(tables)}
       where item.company_id = ? and coalesce(item.item_father_id, 0) = 0 and item.id > ?
       order by item.id
       limit ${pageSize}`,
      [companyId, found.at(-1)?.id ?? 0],
    )
    found.push(...rows.map(rowOf))
    if (rows.length < pageSize) return found
  }
}

const pageSize = 2_000

function selectRows(tables: OriginalTables): string {
  const column = (name: string) => tables.column('tat_items', 'item', name)
  const moments = ['created_at', 'updated_at', 'deleted_at'].map(
    (name) => `${tables.moment('tat_items', 'item', name)} as ${name}`,
  )
  const hasTaxes = tables.has('cnf_taxes', 'id', 'name', 'percentage')
  const taxes = hasTaxes ? `left join cnf_taxes tax on tax.id = ${column('taxId')}` : ''
  const tax = hasTaxes
    ? 'tax.name as tax_name, tax.percentage as tax_percentage'
    : 'null as tax_name, null as tax_percentage'
  return `select item.id, item.item_father_id as source_id, item.sku, item.name, item.cost, item.price, item.status,
      ${column('img_path')} as image, category.name as category, category.company_id as category_company,
      ${column('taxId')} as tax_id, ${tax}, ${moments.join(', ')}
    from tat_items item
    left join tat_categories category on category.id = ${column('categoryId')}
    ${taxes}`
}

function rowOf(row: Row): OriginalRow {
  return {
    id: Number(row.id),
    sourceId: Number(row.source_id ?? 0),
    sku: textOrNull(row.sku),
    name: String(row.name ?? ''),
    cost: Number(row.cost ?? 0),
    price: Number(row.price ?? 0),
    status: Number(row.status ?? 0),
    image: textOrNull(row.image) || null,
    category: textOrNull(row.category),
    categoryCompanyId: numberOrNull(row.category_company),
    taxId: numberOrNull(row.tax_id),
    taxName: textOrNull(row.tax_name),
    taxPercentage: numberOrNull(row.tax_percentage),
    createdAt: textOrNull(row.created_at),
    updatedAt: textOrNull(row.updated_at),
    deletedAt: textOrNull(row.deleted_at),
  }
}

/** When the newest copy of a product came into the store; null when none ever did. */
export async function readLastCopy(tables: OriginalTables, companyId: number): Promise<string | null> {
  const moment = tables.moment('tat_items', 'item', 'created_at')
  const [row] = await tables.query(
    `select count(*) as found, max(${moment}) as newest from tat_items item
     where item.company_id = ? and item.item_father_id > 0`,
    [companyId],
  )
  return Number(row?.found) === 0 ? null : (textOrNull(row?.newest) ?? '')
}

/** How many categories TIENDA the store has beyond the first. */
export async function countFurtherCategories(tables: OriginalTables, companyId: number): Promise<number> {
  const [row] = await tables.query(
    `select count(*) as found from tat_categories where company_id = ? and upper(trim(name)) = 'TIENDA'`,
    [companyId],
  )
  return Math.max(0, Number(row?.found) - 1)
}

/** Companies with rows in `tat_items`, and those whose user is one of a store: the original may have copied nothing. */
export async function readStoreIds(stores: OriginalTables, central: OriginalTables): Promise<readonly number[]> {
  const rows = await stores.query(
    'select company_id as id from tat_items where company_id is not null group by company_id',
  )
  const users = hasStoreUsers(central) ? await central.query(storesByUser(central)) : []
  return [...new Set([...rows, ...users].map(({ id }) => Number(id)))].toSorted((one, other) => one - other)
}

function hasStoreUsers(tables: OriginalTables): boolean {
  return (
    tables.has('users', 'profile_id', 'contact_id') &&
    tables.has('vnt_contacts', 'id', 'warehouseId') &&
    tables.has('vnt_warehouses', 'id', 'companyId')
  )
}

function storesByUser(tables: OriginalTables): string {
  const [warehouseId, companyId] = [tables.name('warehouseId'), tables.name('companyId')]
  return `select warehouse.${companyId} as id
    from users person
    join vnt_contacts contact on contact.id = person.contact_id
    join vnt_warehouses warehouse on warehouse.id = contact.${warehouseId}
    where person.profile_id = 17
    group by warehouse.${companyId}`
}

export async function isKnownCompany(tables: OriginalTables, companyId: number): Promise<boolean> {
  if (!tables.has('vnt_companies', 'id')) return false
  return (await tables.query('select id from vnt_companies where id = ?', [companyId])).length > 0
}
