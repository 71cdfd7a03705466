import { checkWhole } from '../check-whole.ts'
import { InvalidOptionError } from '../errors.ts'
import { type CacheKeys, maxKeyLength } from '../laravel/cache-keys.ts'
import { checkQueueName } from '../queue-name.ts'
import type { QueueRuntime } from '../runtime.ts'
import type { SharedStore } from '../shared-store.ts'

export interface OrdersSettings {
  readonly shared: SharedStore
  readonly keys: CacheKeys
  readonly connectionName: string
  readonly queues: readonly string[]
  /** True while jobs come: orders are looked for more often then. */
  readonly isBusy: () => boolean
  readonly onRestart: () => void
  /** The queue was paused, or resumed. */
  readonly onChange: (queue: string, isPaused: boolean) => void
  /** Orders cannot be looked for, and what held last goes on to hold; told once until they can be again. */
  readonly onError: (error: unknown) => void
}

const busyMs = 1_000
/** An idle worker asks its database little. */
const idleMs = 10_000

/**
 * What workers are told from elsewhere, here or in a Laravel application: `queue:restart`, `queue:pause`, `queue:resume`.
 * They are looked for, because Laravel's processes only write them down.
 */
export class Orders implements Disposable {
  readonly #settings: OrdersSettings
  readonly #paused = new Set<string>()
  #restartedAt: string | null | undefined
  #timer: NodeJS.Timeout | undefined
  #isFailing = false
  #isClosed = false

  constructor(settings: OrdersSettings) {
    this.#settings = settings
  }

  /** Answers when what holds now is known, or cannot be. */
  async start(): Promise<void> {
    await this.#look()
  }

  /** The queues that may be worked now. */
  get queues(): readonly string[] {
    const { queues } = this.#settings
    return this.#paused.size === 0 ? queues : queues.filter((queue) => !this.#paused.has(queue))
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  async #look(): Promise<void> {
    try {
      this.#obey(await this.#settings.shared.get(this.#keys()))
      this.#isFailing = false
    } catch (error) {
      // The tables of jobs may be there without those of the cache: a worker that nobody can stop should say so.
      if (!this.#isFailing && !this.#isClosed) this.#settings.onError(error)
      this.#isFailing = true
    }
    if (this.#isClosed) return
    this.#timer = setTimeout(() => void this.#look(), this.#settings.isBusy() ? busyMs : idleMs)
    this.#timer.unref()
  }

  #keys(): readonly string[] {
    const { keys, queues, connectionName } = this.#settings
    return [keys.restart, keys.allPaused, ...queues.map((queue) => keys.paused(connectionName, queue))]
  }

  #obey(found: ReadonlyMap<string, string>): void {
    const { keys, queues, connectionName, onChange, onRestart } = this.#settings
    const restartedAt = found.get(keys.restart) ?? null
    if (this.#restartedAt !== undefined && this.#restartedAt !== restartedAt) onRestart()
    this.#restartedAt = restartedAt
    for (const queue of queues) {
      const isPaused = found.has(keys.allPaused) || found.has(keys.paused(connectionName, queue))
      if (isPaused === this.#paused.has(queue)) continue
      if (isPaused) this.#paused.add(queue)
      else this.#paused.delete(queue)
      onChange(queue, isPaused)
    }
  }
}

/** A year. */
const maxPauseSeconds = 31_536_000

/** Lets all workers end after their current job. What is written is a value as PHP serializes it: Laravel's read it too. */
export function orderRestart({ connection, cacheKeys }: QueueRuntime): Promise<void> {
  return connection.shared.put(cacheKeys.restart, `i:${Math.floor(Date.now() / 1000)};`)
}

/** For so many seconds, or until the queue is resumed; without a name every queue is paused. */
export async function orderPause(runtime: QueueRuntime, queue?: string, seconds?: number): Promise<void> {
  if (seconds !== undefined) checkWhole('seconds', seconds, maxPauseSeconds)
  return runtime.connection.shared.put(pauseKey(runtime, queue), 'b:1;', seconds)
}

/** False when it was not paused; without a name ends what pauses every queue. */
export async function orderResume(runtime: QueueRuntime, queue?: string): Promise<boolean> {
  return runtime.connection.shared.forget(pauseKey(runtime, queue))
}

/** True while workers take no jobs of the queue, because it is paused by its name or with all others. */
export async function isPaused({ connection, cacheKeys: keys }: QueueRuntime, queue: string): Promise<boolean> {
  const found = await connection.shared.get([keys.allPaused, keys.paused(connection.name, queue)])
  return found.size > 0
}

function pauseKey({ connection, cacheKeys: keys }: QueueRuntime, queue: string | undefined): string {
  if (queue === undefined) return keys.allPaused
  const key = keys.paused(connection.name, checkQueueName(queue))
  if (key.length <= maxKeyLength) return key
  throw new InvalidOptionError('queue', queue, `a name with which the key has at most ${maxKeyLength} characters`)
}
