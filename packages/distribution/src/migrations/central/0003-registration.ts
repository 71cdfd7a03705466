import type { CreateTableBuilder, Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { CentralTables } from '../../database/central-tables.ts'

/**
 * What registering a client needs beyond a store's essentials: its taxes, its route, the activation of its user and the
 * outbox of notifications. An adopted database may have some of it: what is there stays as it is.
 */
export const registration: Migration = {
  async up(db: Kysely<CentralTables>): Promise<void> {
    await addColumns(db, 'vnt_companies', {
      code_ciiu: 'varchar(10)',
      regimeId: 'integer',
      fiscalResponsabilityId: 'integer',
    })
    await addColumns(db, 'vnt_warehouses', { postcode: 'varchar(10)', district: 'varchar(100)' })
    await createPositions(db)
    await createRoutes(db)
    await createActivations(db)
    await createOutbox(db)
    // Last: a server that commits each statement by itself may run the others again.
    await createUniqueEmail(db)
  },
}

type ColumnType = 'integer' | `varchar(${number})`

async function addColumns(
  db: Kysely<CentralTables>,
  table: string,
  columns: Record<string, ColumnType>,
): Promise<void> {
  const existing = (await db.introspection.getTables()).find(({ name }) => name === table)?.columns ?? []
  const missing = Object.entries(columns).filter(([column]) => !existing.some(({ name }) => name === column))
  for (const [column, type] of missing) await db.schema.alterTable(table).addColumn(column, type).execute()
}

async function createPositions(db: Kysely<CentralTables>): Promise<void> {
  await db.schema
    .createTable('cnf_positions')
    .ifNotExists()
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
    .execute()
  if (await db.selectFrom('cnf_positions').select('id').limit(1).executeTakeFirst()) return
  await db
    .insertInto('cnf_positions')
    .values([
      { id: 1, name: 'Propietario' },
      { id: 2, name: 'Administrador' },
      { id: 3, name: 'Encargado de compras' },
      { id: 4, name: 'Contador' },
    ])
    .execute()
}

async function createRoutes(db: Kysely<CentralTables>): Promise<void> {
  await withId(db.schema.createTable('tat_routes').ifNotExists())
    .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull().references('tenants.id'))
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('zone_id', 'integer')
    .addColumn('salesman_id', 'integer')
    .addColumn('sale_day', 'varchar(16)')
    .addColumn('delivery_day', 'varchar(16)')
    .execute()
  await withId(db.schema.createTable('tat_companies_routes').ifNotExists())
    .addColumn('company_id', 'integer', (column) => column.notNull().references('vnt_companies.id'))
    .addColumn('route_id', 'integer', (column) => column.notNull().references('tat_routes.id'))
    .addColumn('sales_order', 'integer', (column) => column.notNull())
    .addUniqueConstraint('tat_companies_routes_unique', ['company_id', 'route_id'])
    .execute()
}

async function createActivations(db: Kysely<CentralTables>): Promise<void> {
  await withId(db.schema.createTable('user_activations').ifNotExists())
    .addColumn('token_hash', 'varchar(64)', (column) => column.notNull().unique())
    .addColumn('user_id', 'integer', (column) => column.notNull().references('users.id'))
    .addColumn('expires_at', 'varchar(32)', (column) => column.notNull())
    .addColumn('used_at', 'varchar(32)')
    .execute()
}

async function createOutbox(db: Kysely<CentralTables>): Promise<void> {
  await withId(db.schema.createTable('notification_outbox').ifNotExists())
    .addColumn('run_id', 'integer')
    .addColumn('company_id', 'integer')
    .addColumn('channel', 'varchar(32)', (column) => column.notNull())
    .addColumn('kind', 'varchar(64)', (column) => column.notNull())
    .addColumn('recipient', 'varchar(255)', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('dedupe_key', 'varchar(128)', (column) => column.notNull())
    .addColumn('state', 'varchar(16)', (column) => column.notNull().defaultTo('pending'))
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('next_attempt_at', 'varchar(32)')
    .addColumn('sent_at', 'varchar(32)')
    .addColumn('error', 'text')
    .addColumn('created_at', 'varchar(32)', (column) => column.notNull())
    .addColumn('updated_at', 'varchar(32)', (column) => column.notNull())
    .addUniqueConstraint('notification_outbox_unique', ['kind', 'channel', 'dedupe_key'])
    .execute()
}

/** Each company that has a user already had an e-mail address of its own: `users.email` is unique. */
async function createUniqueEmail(db: Kysely<CentralTables>): Promise<void> {
  await db.schema
    .createIndex('vnt_companies_email_unique')
    .on('vnt_companies')
    .columns(['tenant_id', 'billingEmail'])
    .unique()
    .execute()
}

function withId(table: CreateTableBuilder<string, string>): CreateTableBuilder<string, string> {
  return table.addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
}
