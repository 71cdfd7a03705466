import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { InvalidOptionError } from '../errors.ts'
import type { AnyJobDefinition } from '../job.ts'
import { type CacheKeys, maxKeyLength } from '../laravel/cache-keys.ts'
import { withDefaults } from '../laravel/write-command.ts'
import type { QueueRuntime } from '../runtime.ts'
import { type Lock, longestLockSeconds } from '../shared-store.ts'

/** The key of the lock that a job holds; undefined when it is not unique. */
export function uniqueKey({ name, options }: AnyJobDefinition, data: unknown, keys: CacheKeys): string | undefined {
  if (!options.unique) return undefined
  return keys.unique(options.unique.name ?? name, String(options.unique.id?.(data) ?? ''))
}

/** False also when the database could not be asked. */
export async function acquireLock({ connection, events }: QueueRuntime, lock: Lock): Promise<boolean> {
  try {
    return await connection.shared.acquireLock(lock)
  } catch (error) {
    events.emit('workerError', { error })
    return false
  }
}

/** Without `owner` whoever holds it. A lock that could not be freed after a few tries ends by itself. */
export function releaseLock(runtime: QueueRuntime, key: string, owner?: string): Promise<void> {
  return persist(runtime, () => runtime.connection.shared.releaseLock(key, owner))
}

/** Those of one owner, whatever their keys. */
export function releaseLocksOf(runtime: QueueRuntime, owner: string): Promise<void> {
  return persist(runtime, () => runtime.connection.shared.releaseLocksOf(owner))
}

async function persist({ events }: QueueRuntime, release: () => Promise<unknown>): Promise<void> {
  for (const pauseMs of [100, 500, 2_000, undefined]) {
    try {
      await release()
      return
    } catch (error) {
      events.emit('workerError', { error })
      if (pauseMs !== undefined) await wait(pauseMs * (0.5 + Math.random()))
    }
  }
}

/** The lock that stays behind a dispatch with a key; undefined without one. Throws `InvalidOptionError`. */
export function dispatchLock(key: string | undefined, keys: CacheKeys): Lock | undefined {
  if (key === undefined) return undefined
  if (key === '') throw new InvalidOptionError('key', key, 'a text that names what is dispatched')
  return { key: keys.dispatched(key), owner: newOwner(), seconds: longestLockSeconds }
}

/** The lock that a job takes when it is dispatched; undefined when it is not unique. */
export function uniqueLock(definition: AnyJobDefinition, data: unknown, keys: CacheKeys): Lock | undefined {
  // As the handler will see it, or another key would be freed than was taken.
  const key = uniqueKey(definition, withDefaults(definition.options.php, data), keys)
  if (key === undefined) return undefined
  if (key.length > maxKeyLength)
    throw new InvalidOptionError('unique.id', key, `one with which the key has at most ${maxKeyLength} characters`)
  const seconds = definition.options.unique?.for || longestLockSeconds
  return { key, owner: newOwner(), seconds }
}

/** Sixteen characters, as Laravel makes them. */
function newOwner(): string {
  return randomBytes(8).toString('hex')
}
