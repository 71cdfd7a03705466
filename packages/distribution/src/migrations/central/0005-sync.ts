import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { Schema, type Table } from '../schema.ts'

/** The tables of publications to many stores. */
export const sync: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const schema = new Schema(db)
    await createBatches(schema)
    await createBatchStores(schema)
    await createSettings(schema)
    await createMarks(schema)
  },
}

async function createBatches(schema: Schema): Promise<void> {
  const batches = schema
    .numbered('sync_batches')
    .addColumn('tenant_id', 'varchar(36)', (column) => column.notNull())
    .addColumn('state', 'varchar(32)', (column) => column.notNull().defaultTo('running'))
    .addColumn('revision', 'varchar(64)', (column) => column.notNull())
  // One active batch per distributor, by constraint: null, which never collides, as soon as the batch has ended.
  const active = sql`case when state in ('running', 'paused') then tenant_id end`
  const generated = withActive(schema.timestamps(schema.moment(batches, 'finished_at')), active)
  await schema
    .references(generated, { table: 'sync_batches', column: 'tenant_id' }, 'tenants')
    .addUniqueConstraint('sync_batches_active_unique', ['active_tenant_id'])
    .execute()
}

function withActive(table: Table, active: ReturnType<typeof sql>): Table {
  return table.addColumn('active_tenant_id', 'varchar(36)', (column) => column.generatedAlwaysAs(active).stored())
}

async function createBatchStores(schema: Schema): Promise<void> {
  const stores = schema
    .table('sync_batch_stores')
    .addColumn('batch_id', 'integer', (column) => column.notNull())
    .addColumn('company_id', 'integer', (column) => column.notNull())
    .addColumn('store_tenant_id', 'varchar(36)', (column) => column.notNull())
    .addColumn('state', 'varchar(16)', (column) => column.notNull().defaultTo('waiting'))
    .addColumn('run_id', 'integer', (column) => column.unique())
    .addPrimaryKeyConstraint('sync_batch_stores_primary', ['batch_id', 'company_id'])
  const related = [
    ['batch_id', 'sync_batches'],
    ['company_id', 'vnt_companies'],
    ['run_id', 'copy_runs'],
  ].reduce<Table>(
    (table, [column = '', to = '']) => schema.references(table, { table: 'sync_batch_stores', column }, to),
    stores,
  )
  await related.execute()
}

async function createSettings(schema: Schema): Promise<void> {
  const settings = schema
    .table('sync_settings')
    .addColumn('tenant_id', 'varchar(36)', (column) => column.primaryKey())
    .addColumn('concurrency', 'integer', (column) => column.notNull().defaultTo(4))
    .addColumn('is_enabled', 'integer', (column) => column.notNull().defaultTo(1))
  await schema.references(settings, { table: 'sync_settings', column: 'tenant_id' }, 'tenants').execute()
}

async function createMarks(schema: Schema): Promise<void> {
  const marks = schema
    .table('sync_marks')
    .addColumn('company_id', 'integer', (column) => column.primaryKey())
    .addColumn('run_id', 'integer', (column) => column.notNull())
    .addColumn('catalogue_revision', 'varchar(64)', (column) => column.notNull())
    .addColumn('rules_revision', 'varchar(64)', (column) => column.notNull())
    .addColumn('store_revision', 'varchar(64)', (column) => column.notNull())
  const stamped = schema.stamped(marks, 'updated_at')
  await schema.references(stamped, { table: 'sync_marks', column: 'company_id' }, 'vnt_companies').execute()
}
