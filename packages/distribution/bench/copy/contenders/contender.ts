import type { Databases, Place } from '../databases/place.ts'

/**
 * A way of copying, as a module of this folder: opens what a process keeps from one store to the next. Files that it makes lie
 * beside the target.
 */
export type OpenWorker = (ends: Pick<Databases, 'source' | 'target'>) => Promise<CopyWorker>

export interface CopyWorker extends AsyncDisposable {
  /**
   * Copies the source's active products into the store's empty tables, and remembers none of them for the next store. The
   * milliseconds begin with the first statement of the copy, over connections that are open, and end when all is committed.
   */
  copyOnce(store: Store): Promise<Copied>
  /** Milliseconds that it takes to look through a store that this worker has copied into; throws where something is wrong. */
  verifyOnce?(copied: Copied): Promise<number>
}

export type Store = Pick<Databases, 'target' | 'companyId'>

export interface Copied {
  readonly milliseconds: number
  /** Resident memory of the process at its highest. */
  readonly peakMegabytes: number
  /** Of the oracle, which looks at the whole store afterwards, as it has at those that were copied before. */
  readonly verifyMilliseconds?: number
  /** Where the rows are, when the contender makes the store's database itself. */
  readonly target?: Place
  /** The store they belong to, when the contender registers one itself. */
  readonly companyId?: number
}

/** Runs a copy with its time taken. */
export async function timed(copy: () => Promise<void> | void): Promise<Copied> {
  const startedAt = performance.now()
  await copy()
  const milliseconds = performance.now() - startedAt
  return { milliseconds, peakMegabytes: process.resourceUsage().maxRSS / 1024 }
}
