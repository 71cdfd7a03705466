import { createHash } from 'node:crypto'
import type { AnyJobDefinition } from './job.ts'
import type { CacheKeys } from './laravel/cache-keys.ts'
import { type Lock, longestLockSeconds } from './shared-store.ts'

/** The lock that a job holds while it runs, as Laravel's middleware `WithoutOverlapping`. */
export function overlapLock(
  { definition, data }: { readonly definition: AnyJobDefinition; readonly data: unknown },
  { uuid, keys }: { readonly uuid: string; readonly keys: CacheKeys },
): Lock {
  const { withoutOverlapping: overlap = {} } = definition.options
  const id = String(overlap.key?.(data) ?? '')
  return {
    key: overlap.isShared ? keys.overlap(id) : keys.overlap(id, overlap.name ?? definition.name),
    // Sixteen characters, as Laravel makes them.
    owner: createHash('sha256').update(uuid).digest('hex').slice(0, 16),
    seconds: overlap.expiresAfter || longestLockSeconds,
  }
}
