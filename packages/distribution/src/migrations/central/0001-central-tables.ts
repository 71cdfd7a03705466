import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { Schema, type Table } from '../schema.ts'

/** The tables that registering and stocking a store need. */
export const centralTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const schema = new Schema(db)
    await createAccess(schema)
    await createCompanies(schema)
    await createWarehouses(schema)
    await createCatalog(schema)
    await createItems(schema)
    await createPrices(schema)
    await createCopyRuns(schema)
  },
}

async function createAccess(schema: Schema): Promise<void> {
  await withStatus(
    schema
      .table('usr_profiles')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('name', 'varchar(255)', (column) => column.notNull()),
  ).execute()
  await schema
    .timestamps(
      schema
        .table('tenants')
        .addColumn('id', 'varchar(36)', (column) => column.primaryKey())
        .addColumn('kind', 'varchar(16)', (column) => column.notNull())
        .addColumn('name', 'varchar(255)', (column) => column.notNull())
        .addColumn('email', 'varchar(255)')
        .addColumn('company_id', 'integer', (column) => column.unique())
        .addColumn('db_name', 'varchar(64)', (column) => column.unique())
        .addColumn('db_host', 'varchar(255)')
        .addColumn('db_port', 'integer')
        .addColumn('db_user', 'varchar(80)')
        .addColumn('db_password', 'text')
        // Of a distributor: its price strategy and its policies, as JSON.
        .addColumn('copy_rules', 'text')
        .addColumn('is_active', 'integer', (column) => column.notNull().defaultTo(1))
        .addColumn('database_setup', 'integer', (column) => column.notNull().defaultTo(0)),
    )
    .execute()
  const users = schema
    .numbered('users')
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('email', 'varchar(255)', (column) => column.notNull().unique())
    .addColumn('password', 'varchar(255)')
    .addColumn('phone', 'varchar(100)')
    .addColumn('profile_id', 'integer', (column) => column.notNull())
    .addColumn('contact_id', 'integer')
  await schema.references(schema.timestamps(users), { table: 'users', column: 'profile_id' }, 'usr_profiles').execute()
  await createMemberships(schema)
}

async function createMemberships(schema: Schema): Promise<void> {
  const memberships = schema
    .numbered('user_tenants')
    .addColumn('user_id', 'integer', (column) => column.notNull())
    .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull())
    .addColumn('role', 'varchar(255)')
    .addColumn('is_active', 'integer', (column) => column.notNull().defaultTo(1))
    .addUniqueConstraint('user_tenants_user_tenant_unique', ['user_id', 'tenant_id'])
  const stamped = schema.timestamps(schema.moment(memberships, 'last_accessed_at'))
  const ofUser = schema.references(stamped, { table: 'user_tenants', column: 'user_id' }, 'users')
  await schema.references(ofUser, { table: 'user_tenants', column: 'tenant_id' }, 'tenants').execute()
}

async function createCompanies(schema: Schema): Promise<void> {
  await withStatus(
    schema
      .table('cnf_type_identifications')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('name', 'varchar(255)', (column) => column.notNull())
      .addColumn('acronym', 'varchar(8)', (column) => column.notNull()),
  ).execute()
  const companies = withStatus(
    schema
      .numbered('vnt_companies')
      .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull())
      .addColumn('businessName', 'varchar(255)', (column) => column.notNull())
      .addColumn('firstName', 'varchar(255)')
      .addColumn('lastName', 'varchar(255)')
      .addColumn('secondName', 'varchar(255)')
      .addColumn('secondLastName', 'varchar(255)')
      .addColumn('billingEmail', 'varchar(255)')
      .addColumn('typeIdentificationId', 'integer', (column) => column.notNull())
      .addColumn('identification', 'varchar(15)', (column) => column.notNull())
      .addColumn('verification_digit', 'integer')
      .addColumn('type', 'varchar(16)', (column) => column.notNull())
      .addColumn('typePerson', 'varchar(16)', (column) => column.notNull()),
  ).addUniqueConstraint('vnt_companies_identification_unique', ['tenant_id', 'identification'])
  const ofTenant = schema.references(
    schema.softDeletes(companies),
    { table: 'vnt_companies', column: 'tenant_id' },
    'tenants',
  )
  await schema
    .references(ofTenant, { table: 'vnt_companies', column: 'typeIdentificationId' }, 'cnf_type_identifications')
    .execute()
}

async function createWarehouses(schema: Schema): Promise<void> {
  const warehouses = withStatus(
    schema
      .numbered('vnt_warehouses')
      .addColumn('companyId', 'integer', (column) => column.notNull())
      .addColumn('name', 'varchar(255)', (column) => column.notNull())
      .addColumn('address', 'varchar(255)')
      .addColumn('city', 'varchar(100)')
      .addColumn('district', 'varchar(100)')
      .addColumn('main', 'integer', (column) => column.notNull().defaultTo(0)),
  )
  await schema
    .references(schema.softDeletes(warehouses), { table: 'vnt_warehouses', column: 'companyId' }, 'vnt_companies')
    .execute()
  const contacts = withStatus(
    schema
      .numbered('vnt_contacts')
      .addColumn('warehouseId', 'integer', (column) => column.notNull())
      .addColumn('firstName', 'varchar(255)', (column) => column.notNull())
      .addColumn('lastName', 'varchar(255)')
      .addColumn('email', 'varchar(255)')
      .addColumn('phone_contact', 'varchar(100)')
      .addColumn('positionId', 'integer', (column) => column.notNull().defaultTo(1)),
  )
  await schema
    .references(schema.softDeletes(contacts), { table: 'vnt_contacts', column: 'warehouseId' }, 'vnt_warehouses')
    .execute()
}

async function createCatalog(schema: Schema): Promise<void> {
  await schema
    .timestamps(
      withStatus(
        schema
          .numbered('cnf_taxes')
          .addColumn('name', 'varchar(255)', (column) => column.notNull().unique())
          .addColumn('percentage', 'double precision', (column) => column.notNull()),
      ),
    )
    .execute()
  for (const [name, label] of [
    ['inv_categories', 'name'],
    ['inv_item_brand', 'name'],
    ['inv_unit_measurements', 'description'],
  ] as const) {
    const table = withStatus(
      schema
        .numbered(name)
        .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull())
        .addColumn(label, 'varchar(255)', (column) => column.notNull()),
    ).addUniqueConstraint(`${name}_${label}_unique`, ['tenant_id', label])
    await schema.references(schema.softDeletes(table), { table: name, column: 'tenant_id' }, 'tenants').execute()
  }
}

async function createItems(schema: Schema): Promise<void> {
  const items = withStatus(
    schema
      .numbered('inv_items')
      .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull())
      .addColumn('categoryId', 'integer')
      .addColumn('name', 'varchar(255)', (column) => column.notNull())
      .addColumn('internal_code', 'varchar(100)')
      .addColumn('sku', 'varchar(255)', (column) => column.notNull())
      .addColumn('description', 'text')
      .addColumn('type', 'varchar(32)', (column) => column.notNull().defaultTo('COMPRA NACIONAL'))
      .addColumn('taxId', 'integer')
      .addColumn('brandId', 'integer')
      .addColumn('consumption_unit', 'integer')
      .addColumn('inventoriable', 'integer', (column) => column.notNull().defaultTo(1)),
  )
    .addColumn('generic', 'integer', (column) => column.notNull().defaultTo(0))
    .addUniqueConstraint('inv_items_sku_unique', ['tenant_id', 'sku'])
  const related = [
    ['tenant_id', 'tenants'],
    ['categoryId', 'inv_categories'],
    ['taxId', 'cnf_taxes'],
    ['brandId', 'inv_item_brand'],
    ['consumption_unit', 'inv_unit_measurements'],
  ].reduce<Table>(
    (table, [column = '', to = '']) => schema.references(table, { table: 'inv_items', column }, to),
    schema.softDeletes(items),
  )
  // The copy reads a distributor's catalogue in pages by id.
  await schema.withIndexes(related, { inv_items_page_index: ['tenant_id', 'id'] }, 'inv_items')
}

async function createPrices(schema: Schema): Promise<void> {
  const values = schema
    .stamped(schema.numbered('inv_values'), 'date')
    .addColumn('values', 'double precision', (column) => column.notNull())
    .addColumn('type', 'varchar(16)', (column) => column.notNull())
    .addColumn('itemId', 'integer', (column) => column.notNull())
    .addColumn('warehouseId', 'integer')
    .addColumn('label', 'varchar(32)', (column) => column.notNull())
  await schema.withIndexes(
    schema.references(schema.softDeletes(values), { table: 'inv_values', column: 'itemId' }, 'inv_items'),
    { inv_values_latest_index: ['itemId', 'label', 'date', 'updated_at', 'id'] },
    'inv_values',
  )
  const images = schema
    .numbered('inv_image_gallery')
    .addColumn('itemId', 'integer', (column) => column.notNull())
    .addColumn('img_path', 'text', (column) => column.notNull())
    .addColumn('type', 'varchar(16)', (column) => column.notNull())
  await schema.withIndexes(
    schema.references(schema.softDeletes(images), { table: 'inv_image_gallery', column: 'itemId' }, 'inv_items'),
    { inv_image_gallery_item_index: ['itemId', 'type'] },
    'inv_image_gallery',
  )
}

async function createCopyRuns(schema: Schema): Promise<void> {
  const runs = schema
    .numbered('copy_runs')
    .addColumn('company_id', 'integer', (column) => column.notNull())
    .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull())
    .addColumn('store_tenant_id', 'varchar(36)', (column) => column.notNull())
    .addColumn('job_uuid', 'varchar(36)', (column) => column.notNull().unique())
    .addColumn('state', 'varchar(32)', (column) => column.notNull().defaultTo('pending'))
    .addColumn('epoch', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('exceptions', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('total', 'integer')
  const counted = ['copied', 'updated', 'unchanged', 'skipped', 'errors'].reduce<Table>(
    (table, count) => table.addColumn(count, 'integer', (column) => column.notNull().defaultTo(0)),
    runs,
  )
  const moments = ['started_at', 'finished_at'].reduce<Table>(
    (table, name) => schema.moment(table, name),
    counted.addColumn('error', 'text'),
  )
  // One active run per store, by constraint: null, which never collides, as soon as the run has ended.
  const active = sql`case when state in ('pending', 'running', 'paused') then company_id end`
  const generated = schema
    .generated(schema.timestamps(moments), { name: 'active_company_id', type: 'integer', as: active })
    .addUniqueConstraint('copy_runs_active_unique', ['active_company_id'])
  const related = [
    ['company_id', 'vnt_companies'],
    ['tenant_id', 'tenants'],
    ['store_tenant_id', 'tenants'],
  ].reduce<Table>(
    (table, [column = '', to = '']) => schema.references(table, { table: 'copy_runs', column }, to),
    generated,
  )
  await schema.withIndexes(related, { copy_runs_company_index: ['company_id', 'id'] }, 'copy_runs')
}

function withStatus(table: Table): Table {
  return table.addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
}
