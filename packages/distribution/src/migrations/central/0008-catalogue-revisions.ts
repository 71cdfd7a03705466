import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { Schema } from '../schema.ts'

/**
 * How many changes each catalogue has seen, counted by triggers (`sync/revision/`), which every `migrate` looks after: they can
 * be lost, and the right to make them may come later.
 */
export const catalogueRevisions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await new Schema(db)
      .table('catalogue_revisions')
      // As wide as any that the original may have: a trigger that cannot write would refuse the write that it counts.
      .addColumn('tenant_id', 'varchar(255)', (column) => column.notNull())
      .addColumn('day', 'integer', (column) => column.notNull())
      .addColumn('connection_id', 'bigint', (column) => column.notNull())
      .addColumn('changes', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('catalogue_revisions_primary', ['tenant_id', 'day', 'connection_id'])
      .execute()
  },
}
