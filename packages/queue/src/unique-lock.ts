import { randomBytes } from 'node:crypto'
import { InvalidOptionError } from './errors.ts'
import type { AnyJobDefinition } from './job.ts'
import { type CacheKeys, maxKeyLength } from './laravel/cache-keys.ts'
import { withDefaults } from './laravel/write-command.ts'
import type { QueueRuntime } from './runtime.ts'
import type { Lock } from './shared-store.ts'

/** As long as Laravel's database store keeps a lock without an end. */
const longestSeconds = 86_400

/** The key of the lock that a job holds; undefined when it is not unique. */
export function uniqueKey({ name, options }: AnyJobDefinition, data: unknown, keys: CacheKeys): string | undefined {
  if (!options.unique) return undefined
  return keys.unique(options.unique.name ?? name, String(options.unique.id?.(data) ?? ''))
}

/** Without `owner` whoever holds it. A lock that could not be freed ends by itself. */
export async function releaseLock({ connection, events }: QueueRuntime, key: string, owner?: string): Promise<void> {
  try {
    await connection.shared.releaseLock(key, owner)
  } catch (error) {
    events.emit('workerError', { error })
  }
}

/** The lock that a job takes when it is dispatched; undefined when it is not unique. */
export function uniqueLock(definition: AnyJobDefinition, data: unknown, keys: CacheKeys): Lock | undefined {
  // As the handler will see it, or another key would be freed than was taken.
  const key = uniqueKey(definition, withDefaults(definition.options.php, data), keys)
  if (key === undefined) return undefined
  if (key.length > maxKeyLength)
    throw new InvalidOptionError('unique.id', key, `one with which the key has at most ${maxKeyLength} characters`)
  const seconds = definition.options.unique?.for || longestSeconds
  // Sixteen characters, as Laravel makes them.
  return { key, owner: randomBytes(8).toString('hex'), seconds }
}
