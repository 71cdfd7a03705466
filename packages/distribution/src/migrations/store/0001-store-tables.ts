import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { Schema, type Table } from '../schema.ts'

/** The tables of a store's own database. */
export const storeTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const schema = new Schema(db)
    await createCatalog(schema)
    await createItems(schema)
    await createReceipts(schema)
  },
}

async function createCatalog(schema: Schema): Promise<void> {
  const taxes = schema
    .numbered('cnf_taxes')
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('percentage', 'double precision', (column) => column.notNull())
    .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
    .addUniqueConstraint('cnf_taxes_name_percentage_unique', ['name', 'percentage'])
  await schema.stamped(taxes, 'created_at').execute()
  const categories = schema
    .numbered('tat_categories')
    .addColumn('company_id', 'integer', (column) => column.notNull())
    .addColumn('source_category_id', 'integer', (column) => column.notNull())
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
    .addUniqueConstraint('tat_categories_source_unique', ['company_id', 'source_category_id'])
  await schema.stamped(categories, 'created_at').execute()
}

async function createItems(schema: Schema): Promise<void> {
  const items = schema
    .numbered('tat_items')
    .addColumn('item_father_id', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('company_id', 'integer', (column) => column.notNull())
    .addColumn('sku', 'varchar(255)', (column) => column.notNull())
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('taxId', 'integer')
    .addColumn('categoryId', 'integer')
    .addColumn('stock', 'numeric(12, 2)', (column) => column.notNull().defaultTo(0))
    .addColumn('img_path', 'text')
    // Whole pesos, which a price list may count in billions.
    .addColumn('cost', 'bigint', (column) => column.notNull())
    .addColumn('price', 'bigint', (column) => column.notNull())
    .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('price_strategy', 'varchar(64)')
    .addColumn('content_hash', 'varchar(64)')
    .addColumn('brand', 'varchar(255)')
    .addColumn('unit', 'varchar(255)')
    .addColumn('price_mode', 'varchar(8)', (column) => column.notNull().defaultTo('auto'))
    .addColumn('locked_fields', 'varchar(255)', (column) => column.notNull().defaultTo(''))
    .addColumn('source_state', 'varchar(16)', (column) => column.notNull().defaultTo('active'))
    .addColumn('copied_run_id', 'integer')
  // Copied products are told apart by their source and own ones by their SKU: one key holds both to their rule.
  const own = {
    name: 'own_sku',
    type: 'varchar(255)',
    as: sql`case when item_father_id = 0 then sku else '' end`,
  } as const
  // No foreign keys, as in the original: each would cost a copy a tenth of its time. Categories and taxes are written in
  // the transaction that refers to them, and `copy:verify` follows every reference.
  await schema
    .generated(schema.softDeletes(schema.moment(items, 'hidden_at')), own)
    .addUniqueConstraint('tat_items_product_unique', ['company_id', 'item_father_id', 'own_sku'])
    .execute()
}

async function createReceipts(schema: Schema): Promise<void> {
  const receipts = schema
    .table('copy_receipts')
    .addColumn('run_id', 'integer', (column) => column.primaryKey())
    .addColumn('company_id', 'integer', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('max_source_id', 'integer', (column) => column.notNull())
    .addColumn('total', 'integer', (column) => column.notNull())
    .addColumn('status', 'varchar(8)', (column) => column.notNull())
  const counted = ['cursor_id', 'copied', 'updated', 'unchanged', 'skipped', 'errors', 'pages'].reduce<Table>(
    (table, count) => table.addColumn(count, 'integer', (column) => column.notNull().defaultTo(0)),
    receipts,
  )
  await schema.moment(counted, 'finished_at').execute()
  await schema
    .numbered('copy_outcomes')
    .addColumn('run_id', 'integer', (column) => column.notNull())
    .addColumn('source_item_id', 'integer', (column) => column.notNull())
    .addColumn('sku', 'varchar(255)', (column) => column.notNull())
    .addColumn('outcome', 'varchar(16)', (column) => column.notNull())
    .addColumn('reason', 'varchar(64)', (column) => column.notNull())
    .addColumn('suggested_price', 'bigint')
    .addUniqueConstraint('copy_outcomes_item_unique', ['run_id', 'source_item_id', 'reason'])
    .execute()
}
