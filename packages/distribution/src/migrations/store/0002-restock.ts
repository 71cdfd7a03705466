import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { Schema } from '../schema.ts'

/** What a store has asked its distributor for, and what has arrived. */
export const restock: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const schema = new Schema(db)
    const lines = schema
      .numbered('tat_restock_list')
      .addColumn('itemId', 'integer', (column) => column.notNull())
      .addColumn('company_id', 'integer', (column) => column.notNull())
      .addColumn('quantity_request', 'numeric(12, 2)', (column) => column.notNull())
      .addColumn('quantity_recive', 'numeric(12, 2)')
      .addColumn('status', 'varchar(16)', (column) => column.notNull().defaultTo('Registrado'))
      .addColumn('order_number', 'varchar(64)')
    // An order that is received twice at once finds its lines taken.
    await schema
      .timestamps(lines)
      .addUniqueConstraint('tat_restock_list_line_unique', ['company_id', 'order_number', 'itemId'])
      .execute()
  },
}
