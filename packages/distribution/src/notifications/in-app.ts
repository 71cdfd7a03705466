import type { CentralDatabase } from '../database/open-central.ts'
import { now } from '../database/sql.ts'
import { type EndedRun, findEndedRuns } from './run-ended.ts'

/** A notification that people read on our own page. */
export interface InAppNotification {
  readonly id: number
  readonly kind: string
  /** The copy that it is about, as it is now; undefined for other kinds. */
  readonly run: EndedRun | undefined
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
    .select(['id', 'kind', 'run_id as runId', 'created_at as createdAt', 'read_at as readAt'])
    .where('channel', '=', 'in_app')
    .$if(beforeId !== undefined, (query) => query.where('id', '<', beforeId ?? 0))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  const runs = await findEndedRuns(
    central,
    rows.flatMap(({ runId }) => runId ?? []),
  )
  const byId = new Map(runs.map((run) => [run.runId, run]))
  return rows.map(({ runId, readAt, ...row }) => ({ ...row, run: byId.get(runId ?? 0), isRead: readAt !== null }))
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
