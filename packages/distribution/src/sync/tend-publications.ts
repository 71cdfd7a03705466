import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { publishWhatRests } from './automatic-publication.ts'
import type { BatchDependencies } from './continue-batches.ts'
import { type Reconciled, reconcileBatches } from './reconcile.ts'

export interface Tended extends Reconciled {
  /** Publications that were made by themselves. */
  readonly published: number
}

/** What publications need once a minute, from cron or from `serve`; safe at any time and by many at once. */
export async function tendPublications(deps: BatchDependencies): Promise<Tended> {
  const reconciled = await reconcileBatches(deps)
  return { ...reconciled, published: await publishWhatRests(deps) }
}

export interface Tending {
  readonly signal: AbortSignal
  readonly log: Pick<Logger, 'error'>
  readonly everyMs?: number
}

/** Does so until it is told to end. What fails, such as a database that is away, is tried again at the next look. */
export async function keepTending(deps: BatchDependencies, { signal, log, everyMs = 60_000 }: Tending): Promise<void> {
  while (!signal.aborted) {
    await tendPublications(deps).catch((error: unknown) =>
      log.error({ err: error }, 'publications were not looked after'),
    )
    await wait(everyMs, undefined, { signal }).catch(() => undefined)
  }
}
