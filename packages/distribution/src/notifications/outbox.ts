import type { Transaction } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'

export interface NewNotification {
  readonly kind: string
  readonly channel: 'email'
  /** An address. */
  readonly recipient: string
  /** Of the same kind and channel there is one message with this key, ever. */
  readonly dedupeKey: string
  readonly companyId: number
  readonly runId: number | null
  /** Ids only: whoever sends the message looks up the rest, and makes what is secret. */
  readonly payload: Readonly<Record<string, number>>
}

/** Writes a message in the caller's transaction, to be sent when that is committed. */
export async function addToOutbox(trx: Transaction<CentralTables>, message: NewNotification): Promise<void> {
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
      sent_at: null,
      error: null,
    })
    .execute()
}
