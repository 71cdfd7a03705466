import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { Schema } from '../schema.ts'

/** Which distributors publish by themselves, and what was last seen of their catalogues. */
export const automaticPublication: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const schema = new Schema(db)
    await schema.addColumn('sync_settings', 'is_automatic', 'integer')
    await schema.addColumn('sync_settings', 'seen_revision', 'text')
    await schema.addColumn('sync_settings', 'seen_at', 'moment')
  },
}
