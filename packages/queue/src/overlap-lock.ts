import { randomBytes } from 'node:crypto'
import type { AnyJobDefinition } from './job.ts'
import type { CacheKeys } from './laravel/cache-keys.ts'
import type { Lock } from './shared-store.ts'

/** As long as Laravel's database store keeps a lock without an end. */
const longestSeconds = 86_400

/** The lock that a job holds while it runs, as Laravel's middleware `WithoutOverlapping`. */
export function overlapLock({ name, options }: AnyJobDefinition, data: unknown, keys: CacheKeys): Lock {
  const { withoutOverlapping: overlap = {} } = options
  const id = String(overlap.key?.(data) ?? '')
  return {
    key: overlap.isShared ? keys.overlap(id) : keys.overlap(id, overlap.name ?? name),
    owner: randomBytes(8).toString('hex'),
    seconds: overlap.expiresAfter || longestSeconds,
  }
}
