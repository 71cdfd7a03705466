import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { Schema } from '../schema.ts'

/** Which migrations a store's database has, so that those that have them all need not be opened to know it. */
export const tenancyColumns: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await new Schema(db).addColumn('tenants', 'schema_version', 'integer')
  },
}
