/**
 * What all processes of a queue know, also those of a Laravel application: small texts under keys, and locks, in its tables
 * `cache` and `cache_locks`. Keys are whole, with the prefix; times are seconds by the database's clock.
 */
export interface SharedStore {
  /** The texts that are there and have not expired. */
  get(keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Without `seconds` for ten years, which Laravel calls for ever. */
  put(key: string, value: string, seconds?: number): Promise<void>
  /** False when it was not there. */
  forget(key: string): Promise<boolean>
  /** Adds one to a count and answers it; one that is not there begins at 1 and lives so many seconds. */
  increment(key: string, seconds: number): Promise<number>
  /** True when its owner has the lock now: it was free, expired, or theirs already. */
  acquireLock(lock: Lock): Promise<boolean>
  /** Without `owner` whoever holds it. False when it was not held. */
  releaseLock(key: string, owner?: string): Promise<boolean>
  /** All of one owner. Looks at each lock there is: for what happens seldom. */
  releaseLocksOf(owner: string): Promise<void>
}

export interface Lock {
  readonly key: string
  /** Known to nobody else. */
  readonly owner: string
  /** After which it is free again, whatever became of its owner. */
  readonly seconds: number
}

const tenYears = 315_360_000

/**
 * What Laravel's cache calls for ever: ten years, or less where the column of an older Laravel ends before, in 2038. From
 * then on such a column holds no moment at all, and others hold any.
 */
export function foreverSeconds(nowMs = Date.now()): number {
  const untilItEnds = 2_147_400_000 - Math.floor(nowMs / 1000)
  return untilItEnds > 0 ? Math.min(tenYears, untilItEnds) : tenYears
}

/** As long as Laravel's database store keeps a lock without an end. */
export const longestLockSeconds = 86_400
