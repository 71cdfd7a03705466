import { defineJob, type JobDefinition, type Transaction as JobTransaction, type Queue } from '@surtidor/queue'
import { z } from 'zod'
import { utcText } from '../database/utc-text.ts'
import { earliestDue } from './outbox-rows.ts'
import { readNow, type SendCounts, type SenderDependencies, type SendLimits, sendDue } from './send-due.ts'

export const deliverJobName = 'DeliverNotifications'

/** The minute for which the job was dispatched, `YYYY-MM-DD HH:MM` in UTC, or `now`. */
const wakeSchema = z.object({ at: z.string() })
export type Wake = z.infer<typeof wakeSchema>

export interface DeliverDependencies extends SenderDependencies {
  /** Asked when it is needed: the queue is made of its jobs. */
  readonly queue: () => Queue
  /** False on the `sync` connection, where a job for later would run at once. */
  readonly canWait: boolean
}

/** A job leaves room for others: where the mail server is slow, copies wait for a few messages and not for all. */
const messagesPerJob = 25
/** Nobody but a cleared queue leaves a lock behind; messages wait no longer for that. */
const lockSeconds = 900

/** Sends what is due, and sees to it that what is not yet due has a job too. One job waits for each minute at most. */
export function deliverNotificationsJob(deps: DeliverDependencies): JobDefinition<Wake> {
  return defineJob(
    deliverJobName,
    {
      schema: wakeSchema,
      // Messages have tries of their own; these are for a database that is away, and for killed workers.
      tries: 50,
      timeout: 900,
      backoff: [5, 15, 60],
      unique: { id: (wake) => String(Object(wake).at), untilProcessing: true, for: lockSeconds },
    },
    async (_wake, { signal }) => {
      await deliverNotifications(deps, { most: messagesPerJob, signal })
    },
  )
}

/** Sends what is due; what is left has a job when it answers. */
export async function deliverNotifications(deps: DeliverDependencies, limits: SendLimits): Promise<SendCounts> {
  const counts = await sendDue(deps, limits)
  if (deps.canWait) await wakeForRest(deps, counts)
  return counts
}

async function wakeForRest(deps: DeliverDependencies, { hasGivenUp }: SendCounts): Promise<void> {
  const due = await earliestDue(deps.central)
  if (!due) return
  const wake = wakeFor(due, await readNow(deps), { hasGivenUp })
  await deps.queue().dispatch(deliverNotificationsJob(deps), { at: wake.at }, { delay: wake.delaySeconds })
}

/** A look in between, so that a message that came to be in another way does not wait longer than this. */
const longestWaitMinutes = 15
const minuteMs = 60_000

/**
 * When to look next: at the first full minute at which the message is due, at the latest at the next quarter of an hour. In
 * whole minutes, because one job waits for each moment.
 */
export function wakeFor(
  due: Date,
  now: Date,
  { hasGivenUp }: { readonly hasGivenUp: boolean },
): Wake & { readonly delaySeconds: number } {
  const thisMinute = Math.floor(now.getTime() / minuteMs)
  const dueMinute = Math.ceil(due.getTime() / minuteMs)
  if (due <= now && !hasGivenUp) return { at: 'now', delaySeconds: 0 }
  const quarter = (Math.floor(thisMinute / longestWaitMinutes) + 1) * longestWaitMinutes
  const moment = new Date(Math.min(Math.max(dueMinute, thisMinute + 1), quarter) * minuteMs)
  return { at: utcText(moment).slice(0, 16), delaySeconds: Math.ceil((moment.getTime() - now.getTime()) / 1000) }
}

/** Has somebody send what was written: with `tx` exactly when that commits. */
export type WakeSender = (tx?: JobTransaction) => Promise<void>

/**
 * Of many messages one job sends all, so a dispatch that finds one waiting writes none. That one may begin before `tx`
 * commits and not see its message: so it is dispatched again after the commit.
 */
export function wakeSender(deps: DeliverDependencies): WakeSender {
  const job = deliverNotificationsJob(deps)
  return async (tx) => {
    const { isSkipped } = await deps.queue().dispatch(job, { at: 'now' }, { tx })
    if (!isSkipped || !tx) return
    tx.afterCommit(async () => {
      // What was committed is no failure of the caller; the next job, or cron, sends the message.
      await deps
        .queue()
        .dispatch(job, { at: 'now' })
        .catch((error: unknown) => deps.log.warn({ event: 'notification_wake_failed', error: String(error) }))
    })
  }
}
