import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { Schema } from '../schema.ts'

/**
 * A copy counts a distributor's active products, lists them and reads them in pages, all three from one index. None holds what
 * people edit all day, as prices: on MySQL whoever moves an entry waits for those who look at its neighbours.
 */
export const activeItemsIndex: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const schema = new Schema(db)
    await schema.addIndex('inv_items', 'inv_items_active_index', ['tenant_id', 'status', 'deleted_at', 'id'])
    await schema.dropIndex('inv_items', 'inv_items_page_index')
  },
}
