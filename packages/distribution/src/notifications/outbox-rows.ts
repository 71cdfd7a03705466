import { createHash, randomUUID } from 'node:crypto'
import type { ExpressionBuilder } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import type { MessageState } from '../database/registration-tables.ts'
import { untilUndisturbed } from '../database/sql.ts'
import { dateOf, utcText } from '../database/utc-text.ts'

/** Longer than any channel may take, so that a lease ends only when its holder is gone. */
const leaseSeconds = 120

/** A message that is to be sent now. */
export interface DueMessage {
  readonly id: number
  readonly state: MessageState
}

/** A message that one sender holds, until its lease is over. */
export interface ClaimedMessage {
  readonly id: number
  readonly kind: string
  readonly channel: string
  readonly recipient: string
  readonly companyId: number | null
  /** JSON. */
  readonly payload: string
  /** 1 at the first try. */
  readonly attempts: number
  /** The same at every try, so that whoever gets the message twice can tell. */
  readonly key: string
  /** True when who held it before is gone: that one may have sent it. */
  readonly mayHaveBeenSent: boolean
  /** Names this claim; later writes carry it. */
  readonly owner: string
}

/** Those that have waited longest first. */
export function findDue(central: CentralDatabase, now: Date, limit: number): Promise<readonly DueMessage[]> {
  return central
    .selectFrom('notification_outbox')
    .select(['id', 'state'])
    .where(isDue(now))
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** The lease of a due message, or undefined when another sender was faster. Each claim counts as a try. */
export async function claimMessage(
  central: CentralDatabase,
  { id, state }: DueMessage,
  now: Date,
): Promise<ClaimedMessage | undefined> {
  const owner = randomUUID()
  const until = utcText(new Date(now.getTime() + leaseSeconds * 1000))
  const { numUpdatedRows } = await untilUndisturbed(() =>
    central
      .updateTable('notification_outbox')
      .set((eb) => ({
        state: 'sending',
        attempts: eb('attempts', '+', 1),
        lease_owner: owner,
        lease_until: until,
        updated_at: utcText(now),
      }))
      .where('id', '=', id)
      .where('state', '=', state)
      .where(isDue(now))
      .executeTakeFirstOrThrow(),
  )
  return numUpdatedRows === 1n ? readClaimed(central, { id, owner, mayHaveBeenSent: state === 'sending' }) : undefined
}

async function readClaimed(
  central: CentralDatabase,
  claim: Pick<ClaimedMessage, 'id' | 'owner' | 'mayHaveBeenSent'>,
): Promise<ClaimedMessage> {
  const row = await central
    .selectFrom('notification_outbox')
    .select(['kind', 'channel', 'recipient', 'company_id as companyId', 'payload', 'attempts'])
    .select(['dedupe_key', 'created_at'])
    .where('id', '=', claim.id)
    .executeTakeFirstOrThrow()
  const { dedupe_key, created_at, ...message } = row
  return { ...claim, ...message, key: keyOf([claim.id, row.kind, row.channel, dedupe_key, created_at]) }
}

/** Says nothing of what it is made of, and differs between installations that count the same. */
function keyOf(parts: readonly unknown[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)
  return `notification-${parts[0]}-${hash}`
}

/** What becomes of a claimed message. */
export type Settlement =
  | { readonly state: 'sent' }
  | { readonly state: 'obsolete' | 'dead'; readonly reason: string }
  | { readonly state: 'pending'; readonly reason: string; readonly nextAttemptAt: Date }

/** False when the lease was over and another sender has the message: nothing is written then. */
export async function settleMessage(
  central: CentralDatabase,
  { id, owner }: ClaimedMessage,
  { now, ...settlement }: Settlement & { readonly now: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await untilUndisturbed(() =>
    central
      .updateTable('notification_outbox')
      .set({
        state: settlement.state,
        error: settlement.state === 'sent' ? null : settlement.reason,
        ...(settlement.state === 'sent' && { sent_at: utcText(now) }),
        ...(settlement.state === 'pending' && { next_attempt_at: utcText(settlement.nextAttemptAt) }),
        lease_owner: null,
        lease_until: null,
        updated_at: utcText(now),
      })
      .where('id', '=', id)
      .where('lease_owner', '=', owner)
      .executeTakeFirstOrThrow(),
  )
  return numUpdatedRows === 1n
}

/** Lets what is due on these channels wait; no try is counted. */
export async function postponeDue(
  central: CentralDatabase,
  { channels, until, now }: { readonly channels: readonly string[]; readonly until: Date; readonly now: Date },
): Promise<void> {
  await untilUndisturbed(() =>
    central
      .updateTable('notification_outbox')
      .set({ next_attempt_at: utcText(until) })
      .where('channel', 'in', channels)
      .where(isDue(now))
      .execute(),
  )
}

/** When the next message falls due, a lease that ended counting too; undefined when every message is settled. */
export async function earliestDue(central: CentralDatabase): Promise<Date | undefined> {
  const earliest = async (state: MessageState, column: 'next_attempt_at' | 'lease_until') => {
    const query = central.selectFrom('notification_outbox').where('state', '=', state)
    return (await query.select(column).where(column, 'is not', null).orderBy(column).limit(1).executeTakeFirst())?.[
      column
    ]
  }
  const moments = [await earliest('pending', 'next_attempt_at'), await earliest('sending', 'lease_until')]
  const [first] = moments.filter((moment) => typeof moment === 'string').toSorted()
  return first === undefined ? undefined : dateOf(first)
}

/** PostgreSQL keeps parts of a second, and no clock here is asked for them: a message is due within its second. */
function isDue(now: Date) {
  const nextSecond = utcText(new Date(now.getTime() + 1_000))
  return (eb: ExpressionBuilder<CentralTables, 'notification_outbox'>) =>
    eb.and([
      eb('next_attempt_at', '<', nextSecond),
      eb.or([eb('state', '=', 'pending'), eb.and([eb('state', '=', 'sending'), eb('lease_until', '<', nextSecond)])]),
    ])
}
