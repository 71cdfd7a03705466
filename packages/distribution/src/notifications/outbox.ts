import type { Transaction } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import { upsert } from '../database/sql.ts'
import { utcText } from '../database/utc-text.ts'

/** How a message reaches somebody: on our own page, by mail, or by whatever listens at `WEBHOOK_URL`. */
export const channelNames = ['in_app', 'email', 'webhook'] as const
export type ChannelName = (typeof channelNames)[number]

export interface NewNotification {
  readonly kind: string
  readonly channel: ChannelName
  /** An address, or the telephone number for a webhook; of an `in_app` message `tenant:` and the distributor's id. */
  readonly recipient: string
  /** Of the same kind and channel there is one message with this key, ever. */
  readonly dedupeKey: string
  readonly companyId: number
  readonly runId: number | null
  /** Ids and counts only: whoever sends the message looks up the rest, and makes what is secret. */
  readonly payload: Readonly<Record<string, number>>
}

/**
 * Writes messages in the caller's transaction, to be sent when that is committed; `WakeSender` tells the sender. What is
 * read on our own page has arrived by being written. Of the same kind and channel the first one with a key stays, and
 * others with it are dropped.
 */
export async function addToOutbox(
  trx: Transaction<CentralTables>,
  messages: readonly NewNotification[],
): Promise<void> {
  const rows = messages.map(rowOf)
  await upsert(trx, 'notification_outbox', { rows, key: ['kind', 'channel', 'dedupe_key'], update: [] })
}

function rowOf(message: NewNotification) {
  const isThere = message.channel === 'in_app'
  return {
    kind: message.kind,
    channel: message.channel,
    recipient: message.recipient,
    dedupe_key: message.dedupeKey,
    company_id: message.companyId,
    run_id: message.runId,
    payload: JSON.stringify(message.payload),
    state: isThere ? ('sent' as const) : ('pending' as const),
    sent_at: isThere ? utcText(new Date()) : null,
    error: null,
  }
}
