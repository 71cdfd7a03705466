import { type Kysely, sql } from 'kysely'
import { dialectOf } from '../../database/dialect.ts'
import { isDuplicate } from '../../database/sql.ts'
import { isCentral, readRecordedMigrations } from '../recorded-migrations.ts'
import { addMissingColumns } from './add-missing-columns.ts'
import { type AdoptedTables, readAdoptedTables, recordAdoptedTables } from './adopted-tables.ts'
import { AdoptingPlugin } from './adopting-plugin.ts'
import { alone } from './alone.ts'
import { readShape, type Shape } from './mysql-shape.ts'
import type { PlannedTables } from './planned-tables.ts'
import { addIndex, stampNewRows } from './prepare-table.ts'

/** What the original has of a store's products, whatever else. */
const itemColumns = ['id', 'company_id', 'item_father_id', 'sku', 'name', 'cost', 'price', 'status']

/** True of a database that has a store's products as the original application keeps them. */
export async function hasOriginalItems<Tables>(db: Kysely<Tables>): Promise<boolean> {
  if (dialectOf(db) !== 'mysql') return false
  return isOriginalStore(await readShape(db))
}

function isOriginalStore(shape: Shape): boolean {
  const columns = shape.get('tat_items')?.columns
  return columns !== undefined && itemColumns.every((column) => columns.has(column))
}

/**
 * Makes a store's tables of the original application ready for our migrations, which are to run with the plugin; undefined in
 * a database that is ours. Each step may be run again.
 */
export async function prepareStoreAdoption<Tables>(
  db: Kysely<Tables>,
  planned: PlannedTables,
): Promise<AdoptingPlugin | undefined> {
  if (dialectOf(db) !== 'mysql') return undefined
  if (!(await readAdoptedTables(db)) && !(await isUntaken(db))) return undefined
  return alone(db, (connection) => prepare(connection, planned))
}

async function prepare<Tables>(db: Kysely<Tables>, planned: PlannedTables): Promise<AdoptingPlugin> {
  const adopted = (await readAdoptedTables(db)) ?? (await beginAdoption(db, planned))
  const names = new Set([...planned.keys()].filter((name) => adopted.names.has(name)))
  const before = await readShape(db)
  for (const table of names) await stampNewRows(db, before, table)
  if (names.has('tat_items')) await prepareItems(db)
  if (names.has('tat_categories')) await prepareCategories(db)
  const shape = await readShape(db)
  await addMissingColumns(db, shape, { adopted, planned })
  if (names.has('cnf_taxes')) await prepareTaxes(db)
  return new AdoptingPlugin(shape, adopted)
}

async function isUntaken<Tables>(db: Kysely<Tables>): Promise<boolean> {
  if ((await readRecordedMigrations(db)).size > 0) return false
  const shape = await readShape(db)
  return isOriginalStore(shape) && !shape.get('tat_items')?.columns.has('own_sku')
}

async function beginAdoption<Tables>(db: Kysely<Tables>, planned: PlannedTables): Promise<AdoptedTables> {
  const shape = await readShape(db)
  const adopted = { names: new Set([...planned.keys()].filter((name) => shape.has(name))), distributorId: null }
  await recordAdoptedTables(db, adopted)
  return adopted
}

const productIndex = {
  table: 'tat_items',
  name: 'tat_items_product_unique',
  columns: ['company_id', 'item_father_id', 'own_sku'],
  isUnique: true,
} as const

/**
 * The key by which a copy finds its products again. The original may have one twice: all but the first are marked, and the key
 * leaves those out until somebody has decided about them. SKUs count letter by letter, whatever the original's collation.
 */
async function prepareItems<Tables>(db: Kysely<Tables>): Promise<void> {
  const columns = (await readShape(db)).get('tat_items')?.columns
  if (!columns?.has('own_sku')) {
    await sql`
      alter table tat_items
        add column adopted_duplicate_of bigint unsigned,
        add column own_sku varchar(255) character set utf8mb4 collate utf8mb4_bin generated always as (
          case when adopted_duplicate_of is not null then null when item_father_id = 0 then sku else '' end
        ) stored`.execute(db)
  }
  await untilUnique(async () => {
    const shape = await readShape(db)
    if (!shape.get('tat_items')?.indexes.has(productIndex.name)) await markDuplicates(db, shape)
    await addIndex(db, shape, productIndex)
  })
}

async function markDuplicates<Tables>(db: Kysely<Tables>, shape: Shape): Promise<void> {
  await sql`
    update tat_items item
    join (
      select company_id, item_father_id, own_sku, min(id) as kept_id
      from tat_items
      where own_sku is not null
      group by company_id, item_father_id, own_sku
      having count(*) > 1
    ) repeated on repeated.company_id = item.company_id
      and repeated.item_father_id = item.item_father_id
      and repeated.own_sku = item.own_sku
    set item.adopted_duplicate_of = repeated.kept_id ${keepingMoment(shape, 'tat_items', 'item')}
    where item.id <> repeated.kept_id`.execute(db)
}

const categoryIndex = {
  table: 'tat_categories',
  name: 'tat_categories_source_unique',
  columns: ['company_id', 'source_category_id'],
  isUnique: true,
} as const

/**
 * The first category TIENDA of each store is the one for products without a category, unless the store has one for those, under
 * whatever name by now; the original's others stay its own.
 */
async function prepareCategories<Tables>(db: Kysely<Tables>): Promise<void> {
  const shape = await readShape(db)
  if (!shape.get('tat_categories')?.columns.has('source_category_id')) {
    await sql`alter table tat_categories add column source_category_id int`.execute(db)
  }
  await addIndex(db, shape, categoryIndex)
  await sql`
    update tat_categories category
    join (
      select min(case when upper(trim(name)) = 'TIENDA' then id end) as id, max(source_category_id = 0) as has_it
      from tat_categories
      group by company_id
    ) first on first.id = category.id
    set category.source_category_id = 0 ${keepingMoment(shape, 'tat_categories', 'category')}
    where coalesce(first.has_it, 0) = 0 and category.source_category_id is null`.execute(db)
}

const taxIndex = {
  table: 'cnf_taxes',
  name: 'cnf_taxes_own_unique',
  columns: ['own_name', 'percentage'],
  isUnique: true,
} as const

/**
 * The key by which a copy finds its taxes again, by percentage and by name, letter by letter, whatever the original's collation. The
 * original takes each name once; but a store may need one in two percentages: the distributor's has changed, and the products
 * that have not been copied since keep the old one. In the distributor's database its taxes are not touched.
 */
async function prepareTaxes<Tables>(db: Kysely<Tables>): Promise<void> {
  if (await isCentral(db)) return
  if (!(await readShape(db)).get('cnf_taxes')?.columns.has('own_name')) {
    await sql`
      alter table cnf_taxes
        add column adopted_duplicate_of bigint unsigned,
        add column own_name varchar(255) character set utf8mb4 collate utf8mb4_bin generated always as (
          case when adopted_duplicate_of is null then left(name, 255) end
        ) stored`.execute(db)
  }
  await untilUnique(async () => {
    const shape = await readShape(db)
    if (!shape.get('cnf_taxes')?.indexes.has(taxIndex.name)) await markRepeatedTaxes(db, shape)
    await addIndex(db, shape, taxIndex)
  })
  for (const index of await readNameIndexes(db))
    await sql`alter table cnf_taxes drop index ${sql.ref(index)}`.execute(db)
}

async function markRepeatedTaxes<Tables>(db: Kysely<Tables>, shape: Shape): Promise<void> {
  await sql`
    update cnf_taxes tax
    join (
      select own_name, percentage, min(id) as kept_id
      from cnf_taxes
      where own_name is not null
      group by own_name, percentage
      having count(*) > 1
    ) repeated on repeated.own_name = tax.own_name and repeated.percentage = tax.percentage
    set tax.adopted_duplicate_of = repeated.kept_id ${keepingMoment(shape, 'cnf_taxes', 'tax')}
    where tax.id <> repeated.kept_id`.execute(db)
}

/** The unique ones that hold a tax's name, with its percentage or without, in the collation of the original. */
async function readNameIndexes<Tables>(db: Kysely<Tables>): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly name: string }>`
    select index_name as "name"
    from information_schema.statistics
    where table_schema = database() and table_name = 'cnf_taxes' and non_unique = 0
    group by index_name
    having sum(column_name = 'name') = 1 and sum(column_name not in ('name', 'percentage')) = 0`.execute(db)
  return rows.map(({ name }) => name)
}

/**
 * What the store has decided about its prices stays: no copy here changes a price that none of the original's rules gives, nor
 * that of a product which was edited, which cut its link, and is tied again one day. Once a store was copied into from here, its
 * prices are by our rules, and what it gives back to the distributor is not taken from it again.
 */
export async function keepStorePrices<Tables>(db: Kysely<Tables>): Promise<void> {
  const shape = await readShape(db)
  await sql`
    update tat_items item
    set item.price_mode = 'manual' ${keepingMoment(shape, 'tat_items', 'item')}
    where item.price_mode = 'auto'
      and item.copied_run_id is null
      and item.content_hash is null
      and coalesce(item.sku, '') <> 'GENERICO'
      and (item.item_father_id = 0 or item.price not in (
        100 * floor((2 * floor(item.cost) + 70) / 140),
        item.cost,
        floor(item.cost),
        round(item.cost * 1.3),
        100 * ceiling(item.cost / 100)
      ) and not exists (
        select 1 from copy_receipts receipt where receipt.company_id = item.company_id and receipt.status = 'done'
      ))`.execute(db)
}

/** Some tables set `updated_at` at every change, and these are none that anybody made. */
function keepingMoment(shape: Shape, table: string, alias: string) {
  if (!shape.get(table)?.columns.has('updated_at')) return sql``
  const column = sql.ref(`${alias}.updated_at`)
  return sql`, ${column} = ${column}`
}

/** The original goes on writing: between the mark and the key another one may have come. */
async function untilUnique(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (tries >= 5 || !isDuplicate(error)) throw error
    }
  }
}
