import { createHash } from 'node:crypto'
import { InvalidOptionError } from '../errors.ts'
import type { AnyJobDefinition } from '../job.ts'
import { type CacheKeys, maxKeyLength } from '../laravel/cache-keys.ts'
import { type Lock, longestLockSeconds } from '../shared-store.ts'

/** The lock that a job holds while it runs, as Laravel's middleware `WithoutOverlapping`; undefined when it needs none. */
export function overlapLock(
  { definition, data }: { readonly definition: AnyJobDefinition; readonly data: unknown },
  { uuid, keys }: { readonly uuid: string; readonly keys: CacheKeys },
): Lock | undefined {
  const { withoutOverlapping: overlap } = definition.options
  if (!overlap) return undefined
  const id = String(overlap.key?.(data) ?? '')
  const key = overlap.isShared ? keys.overlap(id) : keys.overlap(id, overlap.name ?? definition.name)
  if (key.length > maxKeyLength) {
    const expected = `one with which the lock's key has at most ${maxKeyLength} characters`
    throw new InvalidOptionError('withoutOverlapping.key', id, expected)
  }
  return {
    key,
    owner: overlapOwner(uuid),
    seconds: overlap.expiresAfter || longestLockSeconds,
  }
}

/** Of the job, not of the attempt: one that comes back after its worker died has its lock already. */
export function overlapOwner(uuid: string): string {
  // Sixteen characters, as Laravel makes them.
  return createHash('sha256').update(uuid).digest('hex').slice(0, 16)
}
