import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { CentralTables } from '../../database/central-tables.ts'
import { dialectOf } from '../../database/dialect.ts'
import { upsert } from '../../database/sql.ts'
import { Schema } from '../schema.ts'

/**
 * What registering a client needs beyond a store's essentials: its taxes, its route, the activation of its user and the
 * outbox of notifications.
 */
export const registration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const schema = new Schema(db)
    await addColumns(db, 'vnt_companies', {
      code_ciiu: 'varchar(10)',
      regimeId: 'integer',
      fiscalResponsabilityId: 'integer',
    })
    await addColumns(db, 'vnt_warehouses', { postcode: 'varchar(10)' })
    await createPositions(db.withTables<PositionTables>(), schema)
    await createRoutes(schema)
    await createActivations(schema)
    await createOutbox(schema)
    // Each company that has a user already had an e-mail address of its own: `users.email` is unique.
    await schema.addUniqueIndex('vnt_companies', 'vnt_companies_email_unique', ['tenant_id', 'billingEmail'])
  },
}

type PositionTables = Pick<CentralTables, 'cnf_positions'>

type ColumnType = 'integer' | `varchar(${number})`

async function addColumns(
  db: Kysely<unknown>,
  table: string,
  columns: Readonly<Record<string, ColumnType>>,
): Promise<void> {
  const existing = dialectOf(db) === 'mysql' ? await columnsOf(db, table) : []
  for (const [column, type] of Object.entries(columns)) {
    if (!existing.includes(column)) await db.schema.alterTable(table).addColumn(column, type).execute()
  }
}

async function columnsOf(db: Kysely<unknown>, table: string): Promise<readonly string[]> {
  const found = (await db.introspection.getTables()).find(({ name }) => name === table)
  return found?.columns.map(({ name }) => name) ?? []
}

/** Of a contact; 1 is the one that nobody has to choose. Those that are there already stay. */
async function createPositions(db: Kysely<PositionTables>, schema: Schema): Promise<void> {
  await schema
    .table('cnf_positions')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('status', 'integer', (column) => column.notNull().defaultTo(1))
    .execute()
  await upsert(db, 'cnf_positions', {
    key: ['id'],
    update: [],
    rows: [
      { id: 1, name: 'Propietario' },
      { id: 2, name: 'Administrador' },
      { id: 3, name: 'Encargado de compras' },
      { id: 4, name: 'Contador' },
    ],
  })
}

async function createRoutes(schema: Schema): Promise<void> {
  const routes = schema
    .numbered('tat_routes')
    .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull())
    .addColumn('name', 'varchar(255)', (column) => column.notNull())
    .addColumn('zone_id', 'integer')
    .addColumn('salesman_id', 'integer')
    .addColumn('sale_day', 'varchar(16)')
    .addColumn('delivery_day', 'varchar(16)')
  await schema.references(routes, { table: 'tat_routes', column: 'tenant_id' }, 'tenants').execute()
  const stops = schema
    .numbered('tat_companies_routes')
    .addColumn('company_id', 'integer', (column) => column.notNull())
    .addColumn('route_id', 'integer', (column) => column.notNull())
    .addColumn('sales_order', 'integer', (column) => column.notNull())
    .addUniqueConstraint('tat_companies_routes_unique', ['company_id', 'route_id'])
  const ofCompany = schema.references(stops, { table: 'tat_companies_routes', column: 'company_id' }, 'vnt_companies')
  await schema.references(ofCompany, { table: 'tat_companies_routes', column: 'route_id' }, 'tat_routes').execute()
}

async function createActivations(schema: Schema): Promise<void> {
  const activations = schema
    .numbered('user_activations')
    .addColumn('token_hash', 'varchar(64)', (column) => column.notNull().unique())
    .addColumn('user_id', 'integer', (column) => column.notNull())
  const withMoments = schema.moment(schema.moment(activations, 'expires_at'), 'used_at')
  await schema.references(withMoments, { table: 'user_activations', column: 'user_id' }, 'users').execute()
}

async function createOutbox(schema: Schema): Promise<void> {
  const messages = schema
    .numbered('notification_outbox')
    .addColumn('run_id', 'integer')
    .addColumn('company_id', 'integer')
    .addColumn('channel', 'varchar(32)', (column) => column.notNull())
    .addColumn('kind', 'varchar(64)', (column) => column.notNull())
    .addColumn('recipient', 'varchar(255)', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('dedupe_key', 'varchar(128)', (column) => column.notNull())
    .addColumn('state', 'varchar(16)', (column) => column.notNull().defaultTo('pending'))
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('error', 'text')
    .addUniqueConstraint('notification_outbox_unique', ['kind', 'channel', 'dedupe_key'])
  const due = schema.stamped(schema.moment(messages, 'sent_at'), 'next_attempt_at')
  const indexes = { notification_outbox_due_index: ['state', 'next_attempt_at'] }
  await schema.withIndexes(schema.timestamps(due), indexes, 'notification_outbox')
}
