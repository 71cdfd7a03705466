import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { Schema } from '../schema.ts'

/** Where the original application, whose tenant it was, keeps the products of its stores. */
export const originalLayout: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await new Schema(db).addColumn('tenants', 'original_layout', 'text')
  },
}
