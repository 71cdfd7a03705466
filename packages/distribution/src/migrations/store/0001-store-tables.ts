import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The tables of a store's own database. */
export const storeTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createCatalog(db)
    await createItems(db)
    await createReceipts(db)
  },
}

async function createCatalog(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('cnf_taxes')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('percentage', 'double precision', (column) => column.notNull())
    .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('created_at', 'text', (column) => column.notNull().defaultTo(sql`current_timestamp`))
    .addUniqueConstraint('cnf_taxes_name_percentage_unique', ['name', 'percentage'])
    .execute()
  await db.schema
    .createTable('tat_categories')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('company_id', 'integer', (column) => column.notNull())
    .addColumn('source_category_id', 'integer', (column) => column.notNull())
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('created_at', 'text', (column) => column.notNull().defaultTo(sql`current_timestamp`))
    .addUniqueConstraint('tat_categories_source_unique', ['company_id', 'source_category_id'])
    .execute()
}

async function createItems(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('tat_items')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('item_father_id', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('company_id', 'integer', (column) => column.notNull())
    .addColumn('sku', 'varchar(255)', (column) => column.notNull())
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('taxId', 'integer', (column) => column.references('cnf_taxes.id'))
    .addColumn('categoryId', 'integer', (column) => column.references('tat_categories.id'))
    .addColumn('stock', 'numeric', (column) => column.notNull().defaultTo(0))
    .addColumn('img_path', 'text')
    .addColumn('cost', 'integer', (column) => column.notNull())
    .addColumn('price', 'integer', (column) => column.notNull())
    .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('price_strategy', 'varchar(64)')
    .addColumn('content_hash', 'varchar(64)')
    .addColumn('created_at', 'text', (column) => column.notNull().defaultTo(sql`current_timestamp`))
    .addColumn('updated_at', 'text', (column) => column.notNull().defaultTo(sql`current_timestamp`))
    .addColumn('deleted_at', 'text')
    // A unique key ignores nulls, so these two hold copied products and own products to different rules in one table.
    .addColumn('source_item_id', 'integer', (column) => column.generatedAlwaysAs(sql`nullif(item_father_id, 0)`))
    .addColumn('own_sku', 'varchar(255)', (column) =>
      column.generatedAlwaysAs(sql`case when item_father_id = 0 then sku end`),
    )
    .addUniqueConstraint('tat_items_source_unique', ['company_id', 'source_item_id'])
    .addUniqueConstraint('tat_items_own_sku_unique', ['company_id', 'own_sku'])
    .execute()
  await db.schema.createIndex('tat_items_name_index').on('tat_items').columns(['company_id', 'name']).execute()
}

async function createReceipts(db: Kysely<unknown>): Promise<void> {
  const receipts = db.schema
    .createTable('copy_receipts')
    .addColumn('run_id', 'integer', (column) => column.primaryKey())
    .addColumn('company_id', 'integer', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('max_source_id', 'integer', (column) => column.notNull())
    .addColumn('total', 'integer', (column) => column.notNull())
    .addColumn('status', 'varchar(8)', (column) => column.notNull())
    .addColumn('finished_at', 'text')
  await ['cursor_id', 'copied', 'updated', 'unchanged', 'skipped', 'errors', 'pages']
    .reduce((table, count) => table.addColumn(count, 'integer', (column) => column.notNull().defaultTo(0)), receipts)
    .execute()
  await db.schema
    .createTable('copy_outcomes')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('run_id', 'integer', (column) => column.notNull())
    .addColumn('source_item_id', 'integer', (column) => column.notNull())
    .addColumn('sku', 'varchar(255)', (column) => column.notNull())
    .addColumn('outcome', 'varchar(16)', (column) => column.notNull())
    .addColumn('reason', 'varchar(64)', (column) => column.notNull())
    .addUniqueConstraint('copy_outcomes_item_unique', ['run_id', 'source_item_id', 'reason'])
    .execute()
}
