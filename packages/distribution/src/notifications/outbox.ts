import type { Transaction } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import { now } from '../database/sql.ts'

/** How a message reaches somebody: on our own page, by mail, or by whatever listens at `WEBHOOK_URL`. */
export const channelNames = ['in_app', 'email', 'webhook'] as const
export type ChannelName = (typeof channelNames)[number]

export interface NewNotification {
  readonly kind: string
  readonly channel: ChannelName
  /** An address, or the telephone number for a webhook; nobody in particular for `in_app`. */
  readonly recipient: string
  /** Of the same kind and channel there is one message with this key, ever. */
  readonly dedupeKey: string
  readonly companyId: number
  readonly runId: number | null
  /** Ids only: whoever sends the message looks up the rest, and makes what is secret. */
  readonly payload: Readonly<Record<string, number>>
}

/**
 * Writes a message in the caller's transaction, to be sent when that is committed; `WakeSender` tells the sender. What is
 * read on our own page has arrived by being written.
 */
export async function addToOutbox(trx: Transaction<CentralTables>, message: NewNotification): Promise<void> {
  const isThere = message.channel === 'in_app'
  await trx
    .insertInto('notification_outbox')
    .values({
      kind: message.kind,
      channel: message.channel,
      recipient: message.recipient,
      dedupe_key: message.dedupeKey,
      company_id: message.companyId,
      run_id: message.runId,
      payload: JSON.stringify(message.payload),
      state: isThere ? 'sent' : 'pending',
      sent_at: isThere ? now : null,
      error: null,
    })
    .execute()
}
