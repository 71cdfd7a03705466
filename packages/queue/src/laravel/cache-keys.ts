import { createHash } from 'node:crypto'
import type { LaravelFormat, LaravelVersion } from './formats.ts'

/** The keys under which Laravel's processes tell each other what workers should do. All have the application's prefix. */
export interface CacheKeys {
  /** Unix seconds of the last `queue:restart`. */
  readonly restart: string
  /** Every queue is paused. */
  readonly allPaused: string
  paused(connection: string, queue: string): string
  /** The lock of a unique job. */
  unique(job: string, id: string): string
  /** The lock of a job that does not run beside another with the same key; shared ones leave out the job's name. */
  overlap(key: string, job?: string): string
  /** What was dispatched under a key of the application. */
  dispatched(key: string): string
  /** How many errors a job with a limit on them has met. */
  exceptions(uuid: string): string
}

/** What the columns `cache.key` and `cache_locks.key` hold. */
export const maxKeyLength = 255

export function cacheKeys(prefix: string, { uniqueSeparator }: Pick<LaravelFormat, 'uniqueSeparator'>): CacheKeys {
  return {
    unique: (job, id) => `${prefix}laravel_unique_job:${job}${uniqueSeparator}${id}`,
    overlap: (key, job) => `${prefix}laravel-queue-overlap:${job === undefined ? '' : `${job}:`}${key}`,
    restart: `${prefix}illuminate:queue:restart`,
    allPaused: `${prefix}illuminate:queues:paused`,
    // Some databases take texts for equal that are not, and none takes one of any length.
    dispatched: (key) => `${prefix}surtidor-dispatch:${createHash('sha256').update(key).digest('hex')}`,
    exceptions: (uuid) => `${prefix}job-exceptions:${uuid}`,
    paused: (connection, queue) => `${prefix}illuminate:queue:paused:${connection}:${queue}`,
  }
}

/** What `config/cache.php` makes of `APP_NAME` when `CACHE_PREFIX` is not set: each version has another way. */
export function defaultCachePrefix(version: LaravelVersion, appName = 'Laravel'): string {
  if (version >= 12) return `${slugOf(appName, '-')}-cache-`
  return `${slugOf(appName, '_')}_cache${version >= 9 ? '_' : ''}`
}

/** `Str::slug`: letters without their marks; spaces, dashes and underscores are separators, what else there is goes away. */
function slugOf(text: string, separator: string): string {
  const words = text
    .normalize('NFD')
    .replaceAll('@', ' at ')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]+/gu, '')
    .split(/[\s_-]+/)
  return words.filter((word) => word !== '').join(separator)
}
