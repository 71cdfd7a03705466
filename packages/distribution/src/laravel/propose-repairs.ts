import { type ReadOnlyDatabase, readTables } from '@surtidor/queue'
import { numberOrNull, textOrNull } from './original-tables.ts'
import type { Repair, RepairCode } from './repairs.ts'

/** A row that stands in the way of an adoption, and the row that stays beside it. */
interface Found {
  readonly id: number
  readonly keptId: number
  /** Its name or SKU; null where it has none. */
  readonly text: string | null
  readonly status: number
}

interface Search {
  readonly code: RepairCode
  readonly needs: Readonly<Record<string, readonly string[]>>
  propose(database: ReadOnlyDatabase): Promise<readonly Repair[]>
}

/**
 * What a database of the original application needs before stores are kept from here: each proposal can be taken back.
 * Searches whose tables are missing are left out. The order matters: links that were lost are tied before what is there
 * twice is looked for.
 */
export async function proposeRepairs(database: ReadOnlyDatabase): Promise<readonly Repair[]> {
  const names = [...new Set(searches.flatMap(({ needs }) => Object.keys(needs)))]
  const tables = await readTables(database, names)
  const repairs: Repair[] = []
  for (const { needs, propose } of searches) {
    const isThere = Object.entries(needs).every(([name, columns]) =>
      columns.every((column) => tables.get(name)?.columns.has(column)),
    )
    if (isThere) repairs.push(...(await propose(database)))
  }
  return repairs
}

const itemColumns = ['id', 'company_id', 'item_father_id', 'sku', 'status']

const searches: readonly Search[] = [
  {
    code: 'TIENDA_CATEGORY_REPEATED',
    needs: { tat_categories: ['id', 'company_id', 'name', 'status'], tat_items: ['id', 'categoryId'] },
    propose: repeatedCategories,
  },
  { code: 'SOURCE_LINK_LOST', needs: { tat_items: itemColumns, inv_items: ['id', 'sku'] }, propose: lostLinks },
  { code: 'COPY_REPEATED', needs: { tat_items: itemColumns }, propose: repeatedCopies },
  { code: 'OWN_SKU_REPEATED', needs: { tat_items: itemColumns }, propose: repeatedSkus },
  {
    code: 'COPY_DELETED_AT_BIRTH',
    needs: { tat_items: ['id', 'created_at', 'deleted_at'] },
    propose: deletedAtBirth,
  },
]

/** Products go to the first category TIENDA; the others get another name and go out of use. */
async function repeatedCategories(database: ReadOnlyDatabase): Promise<readonly Repair[]> {
  const code = 'TIENDA_CATEGORY_REPEATED' as const
  const found = await rowsBesideFirst(database, {
    table: 'tat_categories',
    by: 'company_id',
    text: 'name',
    where: `upper(trim(name)) = 'TIENDA'`,
  })
  const column = database.kind === 'mysql' ? '`categoryId`' : '"categoryId"'
  const moves: Repair[] = []
  for (const { id, keptId } of found) {
    const items = await database.query(`select id from tat_items where ${column} = ? order by id`, [id])
    moves.push(
      ...items.map((item) => ({
        code,
        table: 'tat_items' as const,
        id: Number(item.id),
        column: 'categoryId',
        from: id,
        to: keptId,
      })),
    )
  }
  return [...moves, ...found.flatMap((row) => outOfUse(row, { code, table: 'tat_categories', column: 'name' }))]
}

/** A row with the SKU of exactly one product of the distributor, in a store that has no other copy of it. */
async function lostLinks(database: ReadOnlyDatabase): Promise<readonly Repair[]> {
  const rows = await database.query(
    `select item.id as id, max(item.item_father_id) as father, min(source.id) as source_id
     from tat_items item
     join inv_items source on source.sku = item.sku
     where coalesce(item.item_father_id, 0) = 0
       and upper(item.sku) <> 'GENERICO'
       and not exists (
         select 1 from tat_items other
         where other.company_id = item.company_id and other.item_father_id = source.id
       )
       and not exists (
         select 1 from tat_items same
         where same.company_id = item.company_id and same.sku = item.sku and same.id < item.id
           and coalesce(same.item_father_id, 0) = 0
       )
     group by item.id
     having count(*) = 1
     order by item.id`,
  )
  return rows.map((row) => ({
    code: 'SOURCE_LINK_LOST',
    table: 'tat_items',
    id: Number(row.id),
    column: 'item_father_id',
    // Written as it is found: a link that was never set is no 0.
    from: numberOrNull(row.father),
    to: Number(row.source_id),
  }))
}

/** The first stays; the others become the store's own, out of use, under another SKU. */
async function repeatedCopies(database: ReadOnlyDatabase): Promise<readonly Repair[]> {
  const code = 'COPY_REPEATED' as const
  const found = await rowsBesideFirst(database, {
    table: 'tat_items',
    by: 'company_id, item_father_id',
    text: 'sku',
    where: 'item_father_id <> 0',
    also: 'item_father_id',
  })
  return found.flatMap((row) => [
    ...outOfUse(row, { code, table: 'tat_items', column: 'sku' }),
    { code, table: 'tat_items', id: row.id, column: 'item_father_id', from: row.sourceId, to: 0 } as const,
  ])
}

/** Two products that have none have nothing in common. */
async function repeatedSkus(database: ReadOnlyDatabase): Promise<readonly Repair[]> {
  const found = await rowsBesideFirst(database, {
    table: 'tat_items',
    by: 'company_id, sku',
    text: 'sku',
    where: 'coalesce(item_father_id, 0) = 0 and sku is not null',
  })
  return found.flatMap((row) => outOfUse(row, { code: 'OWN_SKU_REPEATED', table: 'tat_items', column: 'sku' }))
}

async function deletedAtBirth(database: ReadOnlyDatabase): Promise<readonly Repair[]> {
  const text = database.kind === 'mysql' ? 'cast(deleted_at as char)' : 'cast(deleted_at as varchar(32))'
  const rows = await database.query(
    `select id, ${text} as moment from tat_items where deleted_at = created_at order by id`,
  )
  return rows.map((row) => ({
    code: 'COPY_DELETED_AT_BIRTH',
    table: 'tat_items',
    id: Number(row.id),
    column: 'deleted_at',
    from: String(row.moment),
    to: null,
  }))
}

function outOfUse(
  { id, text, status }: Found,
  { code, table, column }: Pick<Repair, 'code' | 'table' | 'column'>,
): readonly Repair[] {
  const renamed = text === null ? [] : [{ code, table, id, column, from: text, to: `${text.slice(0, 230)} (${id})` }]
  return status === 0 ? renamed : [...renamed, { code, table, id, column: 'status', from: status, to: 0 }]
}

interface Group {
  readonly table: Repair['table']
  /** Columns of which there should be one row for each combination. */
  readonly by: string
  readonly text: string
  readonly where: string
  readonly also?: string
}

/** All rows of each group but the first, which is named beside them. */
async function rowsBesideFirst(
  database: ReadOnlyDatabase,
  { table, by, text, where, also = 'id' }: Group,
): Promise<readonly (Found & { readonly sourceId: number })[]> {
  const rows = await database.query(
    `select id, ${text} as text, status, ${also} as source_id, kept_id
     from (
       select id, ${text}, status, ${also === 'id' ? '' : `${also},`}
         min(id) over (partition by ${by}) as kept_id
       from ${table}
       where ${where}
     ) as grouped
     where id <> kept_id
     order by id`,
  )
  return rows.map((row) => ({
    id: Number(row.id),
    keptId: Number(row.kept_id),
    text: textOrNull(row.text),
    status: Number(row.status),
    sourceId: Number(row.source_id),
  }))
}
