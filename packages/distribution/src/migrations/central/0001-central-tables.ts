import { type CreateTableBuilder, type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The tables that registering and stocking a store need. */
export const centralTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createAccess(db)
    await createCompanies(db)
    await createWarehouses(db)
    await createCatalog(db)
    await createPrices(db)
    await createCopyRuns(db)
  },
}

async function createAccess(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('usr_profiles')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
    .execute()
  await withTimestamps(
    db.schema
      .createTable('tenants')
      .addColumn('id', 'varchar(36)', (column) => column.primaryKey())
      .addColumn('kind', 'varchar(16)', (column) => column.notNull())
      .addColumn('name', 'varchar(255)', (column) => column.notNull())
      .addColumn('email', 'varchar(255)')
      .addColumn('company_id', 'integer', (column) => column.unique())
      .addColumn('db_name', 'varchar(64)', (column) => column.unique())
      .addColumn('db_host', 'varchar(255)')
      .addColumn('db_port', 'integer')
      .addColumn('is_active', 'integer', (column) => column.notNull().defaultTo(1))
      .addColumn('database_setup', 'integer', (column) => column.notNull().defaultTo(0)),
  ).execute()
  await withTimestamps(
    withId(db.schema.createTable('users'))
      .addColumn('name', 'varchar(255)', (column) => column.notNull())
      .addColumn('email', 'varchar(255)', (column) => column.notNull().unique())
      .addColumn('password', 'varchar(255)')
      .addColumn('phone', 'varchar(100)')
      .addColumn('profile_id', 'integer', (column) => column.notNull().references('usr_profiles.id'))
      .addColumn('contact_id', 'integer'),
  ).execute()
  await withTimestamps(
    withId(db.schema.createTable('user_tenants'))
      .addColumn('user_id', 'integer', (column) => column.notNull().references('users.id'))
      .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull().references('tenants.id'))
      .addColumn('role', 'varchar(255)')
      .addColumn('is_active', 'integer', (column) => column.notNull().defaultTo(1))
      .addColumn('last_accessed_at', 'text')
      .addUniqueConstraint('user_tenants_user_tenant_unique', ['user_id', 'tenant_id']),
  ).execute()
}

async function createCompanies(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('cnf_type_identifications')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('acronym', 'varchar(8)', (column) => column.notNull())
    .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
    .execute()
  await withSoftDeletes(
    withId(db.schema.createTable('vnt_companies'))
      .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull().references('tenants.id'))
      .addColumn('businessName', 'varchar(255)', (column) => column.notNull())
      .addColumn('firstName', 'varchar(255)')
      .addColumn('lastName', 'varchar(255)')
      .addColumn('secondName', 'varchar(255)')
      .addColumn('secondLastName', 'varchar(255)')
      .addColumn('billingEmail', 'varchar(255)')
      .addColumn('typeIdentificationId', 'integer', (column) =>
        column.notNull().references('cnf_type_identifications.id'),
      )
      .addColumn('identification', 'varchar(15)', (column) => column.notNull())
      .addColumn('verification_digit', 'integer')
      .addColumn('type', 'varchar(16)', (column) => column.notNull())
      .addColumn('typePerson', 'varchar(16)', (column) => column.notNull())
      .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
      .addUniqueConstraint('vnt_companies_identification_unique', ['tenant_id', 'identification']),
  ).execute()
}

async function createWarehouses(db: Kysely<unknown>): Promise<void> {
  await withSoftDeletes(
    withId(db.schema.createTable('vnt_warehouses'))
      .addColumn('companyId', 'integer', (column) => column.notNull().references('vnt_companies.id'))
      .addColumn('name', 'varchar(255)', (column) => column.notNull())
      .addColumn('address', 'varchar(255)')
      .addColumn('city', 'varchar(100)')
      .addColumn('district', 'varchar(100)')
      .addColumn('main', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1)),
  ).execute()
  await withSoftDeletes(
    withId(db.schema.createTable('vnt_contacts'))
      .addColumn('warehouseId', 'integer', (column) => column.notNull().references('vnt_warehouses.id'))
      .addColumn('firstName', 'varchar(255)', (column) => column.notNull())
      .addColumn('lastName', 'varchar(255)')
      .addColumn('email', 'varchar(255)')
      .addColumn('phone_contact', 'varchar(100)')
      .addColumn('positionId', 'integer', (column) => column.notNull().defaultTo(1))
      .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1)),
  ).execute()
}

async function createCatalog(db: Kysely<unknown>): Promise<void> {
  await withTimestamps(
    withId(db.schema.createTable('cnf_taxes'))
      .addColumn('name', 'varchar(255)', (column) => column.notNull().unique())
      .addColumn('percentage', 'double precision', (column) => column.notNull())
      .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1)),
  ).execute()
  for (const [table, label] of [
    ['inv_categories', 'name'],
    ['inv_item_brand', 'name'],
    ['inv_unit_measurements', 'description'],
  ] as const) {
    await withSoftDeletes(
      withId(db.schema.createTable(table))
        .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull().references('tenants.id'))
        .addColumn(label, 'varchar(255)', (column) => column.notNull())
        .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
        .addUniqueConstraint(`${table}_${label}_unique`, ['tenant_id', label]),
    ).execute()
  }
  await withSoftDeletes(
    withId(db.schema.createTable('inv_items'))
      .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull().references('tenants.id'))
      .addColumn('categoryId', 'integer', (column) => column.references('inv_categories.id'))
      .addColumn('name', 'varchar(255)', (column) => column.notNull())
      .addColumn('internal_code', 'varchar(100)')
      .addColumn('sku', 'varchar(255)', (column) => column.notNull())
      .addColumn('description', 'text')
      .addColumn('type', 'varchar(32)', (column) => column.notNull().defaultTo('COMPRA NACIONAL'))
      .addColumn('taxId', 'integer', (column) => column.references('cnf_taxes.id'))
      .addColumn('brandId', 'integer', (column) => column.references('inv_item_brand.id'))
      .addColumn('consumption_unit', 'integer', (column) => column.references('inv_unit_measurements.id'))
      .addColumn('inventoriable', 'integer', (column) => column.notNull().defaultTo(1))
      .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
      .addColumn('generic', 'integer', (column) => column.notNull().defaultTo(0))
      .addUniqueConstraint('inv_items_sku_unique', ['tenant_id', 'sku']),
  ).execute()
  // The copy reads a distributor's catalogue in pages by id.
  await db.schema.createIndex('inv_items_page_index').on('inv_items').columns(['tenant_id', 'id']).execute()
}

async function createPrices(db: Kysely<unknown>): Promise<void> {
  await withSoftDeletes(
    withId(db.schema.createTable('inv_values'))
      .addColumn('date', 'text', (column) => column.notNull().defaultTo(sql`current_timestamp`))
      .addColumn('values', 'double precision', (column) => column.notNull())
      .addColumn('type', 'varchar(16)', (column) => column.notNull())
      .addColumn('itemId', 'integer', (column) => column.notNull().references('inv_items.id'))
      .addColumn('warehouseId', 'integer')
      .addColumn('label', 'varchar(32)', (column) => column.notNull()),
  ).execute()
  await db.schema
    .createIndex('inv_values_latest_index')
    .on('inv_values')
    .columns(['itemId', 'label', 'date', 'updated_at', 'id'])
    .execute()
  await withSoftDeletes(
    withId(db.schema.createTable('inv_image_gallery'))
      .addColumn('itemId', 'integer', (column) => column.notNull().references('inv_items.id'))
      .addColumn('img_path', 'text', (column) => column.notNull())
      .addColumn('type', 'varchar(16)', (column) => column.notNull()),
  ).execute()
  await db.schema
    .createIndex('inv_image_gallery_item_index')
    .on('inv_image_gallery')
    .columns(['itemId', 'type'])
    .execute()
}

async function createCopyRuns(db: Kysely<unknown>): Promise<void> {
  const runs = withId(db.schema.createTable('copy_runs'))
    .addColumn('company_id', 'integer', (column) => column.notNull().references('vnt_companies.id'))
    .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull().references('tenants.id'))
    .addColumn('store_tenant_id', 'varchar(36)', (column) => column.notNull().references('tenants.id'))
    .addColumn('job_uuid', 'varchar(36)', (column) => column.notNull().unique())
    .addColumn('state', 'varchar(32)', (column) => column.notNull().defaultTo('pending'))
    .addColumn('epoch', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('exceptions', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('total', 'integer')
  const counted = ['copied', 'updated', 'unchanged', 'skipped', 'errors'].reduce<Table>(
    (table, count) => table.addColumn(count, 'integer', (column) => column.notNull().defaultTo(0)),
    runs,
  )
  // One active run per store, by constraint: null, which never collides, as soon as the run has ended.
  const active = sql`case when state in ('pending', 'running') then company_id end`
  await withTimestamps(
    counted
      .addColumn('error', 'text')
      .addColumn('started_at', 'text')
      .addColumn('finished_at', 'text')
      .addColumn('active_company_id', 'integer', (column) => column.generatedAlwaysAs(active))
      .addUniqueConstraint('copy_runs_active_unique', ['active_company_id']),
  ).execute()
  await db.schema.createIndex('copy_runs_company_index').on('copy_runs').columns(['company_id', 'id']).execute()
}

type Table = CreateTableBuilder<string, string>

function withId(table: Table): Table {
  return table.addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
}

function withTimestamps(table: Table): Table {
  return table
    .addColumn('created_at', 'text', (column) => column.notNull().defaultTo(sql`current_timestamp`))
    .addColumn('updated_at', 'text', (column) => column.notNull().defaultTo(sql`current_timestamp`))
}

function withSoftDeletes(table: Table): Table {
  return withTimestamps(table).addColumn('deleted_at', 'text')
}
