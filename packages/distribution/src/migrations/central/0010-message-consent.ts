import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { Schema } from '../schema.ts'

/** When a contact has agreed to messages on the phone. */
export const messageConsent: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await new Schema(db).addColumn('vnt_contacts', 'messages_accepted_at', 'moment')
  },
}
