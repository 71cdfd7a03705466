import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { Schema } from '../schema.ts'

/** Who sends a message right now, and whether it was read. Every page counts what is unread. */
export const notificationDelivery: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const schema = new Schema(db)
    await schema.addColumn('notification_outbox', 'lease_owner', 'text')
    await schema.addColumn('notification_outbox', 'lease_until', 'moment')
    await schema.addColumn('notification_outbox', 'read_at', 'moment')
    await schema.addIndex('notification_outbox', 'notification_outbox_unread_index', ['channel', 'read_at'])
  },
}
