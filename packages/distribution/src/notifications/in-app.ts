import type { CentralDatabase } from '../database/open-central.ts'
import { now } from '../database/sql.ts'
import { readPayload } from './payload.ts'
import { findStoreNames, type NamedStore } from './run-ended.ts'

/** A notification that people read on our own page. */
export interface InAppNotification {
  readonly id: number
  readonly kind: string
  /** Undefined when it is about no store, or about one that is gone. */
  readonly store: NamedStore | undefined
  /** Ids and counts. */
  readonly payload: Readonly<Record<string, unknown>>
  /** UTC, `YYYY-MM-DD HH:MM:SS`. */
  readonly createdAt: string
  readonly isRead: boolean
}

/** Newest first, those before `beforeId`. */
export async function listInApp(
  central: CentralDatabase,
  { limit, beforeId }: { readonly limit: number; readonly beforeId: number | undefined },
): Promise<readonly InAppNotification[]> {
  const rows = await central
    .selectFrom('notification_outbox')
    .select(['id', 'kind', 'company_id as companyId', 'payload', 'created_at as createdAt', 'read_at as readAt'])
    .where('channel', '=', 'in_app')
    .$if(beforeId !== undefined, (query) => query.where('id', '<', beforeId ?? 0))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  const stores = await findStoreNames(
    central,
    rows.flatMap(({ companyId }) => companyId ?? []),
  )
  const byId = new Map(stores.map((store) => [store.companyId, store]))
  return rows.map(({ companyId, readAt, payload, ...row }) => ({
    ...row,
    store: byId.get(companyId ?? 0),
    payload: readPayload(payload) ?? {},
    isRead: readAt !== null,
  }))
}

export async function countUnread(central: CentralDatabase): Promise<number> {
  const { count } = await central
    .selectFrom('notification_outbox')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('channel', '=', 'in_app')
    .where('read_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Marks one, or all up to and including one; answers how many were unread. */
export async function markRead(
  central: CentralDatabase,
  which: { readonly id: number } | { readonly upToId: number },
): Promise<number> {
  const { numUpdatedRows } = await central
    .updateTable('notification_outbox')
    .set({ read_at: now })
    .where('channel', '=', 'in_app')
    .where('read_at', 'is', null)
    .where('id', 'id' in which ? '=' : '<=', 'id' in which ? which.id : which.upToId)
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}
