import type { Clock } from '../clock.ts'
import { foreverSeconds, type Lock, type SharedStore } from '../shared-store.ts'

/** The shared store of a queue that is in the memory of one process. */
export class MemoryStore implements SharedStore {
  readonly #clock: Clock
  readonly #values = new Map<string, { readonly text: string; readonly until: number }>()
  readonly #locks = new Map<string, { readonly owner: string; readonly until: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async get(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map(keys.flatMap((key) => (this.#isAlive(key) ? [[key, this.#values.get(key)?.text ?? '']] : [])))
  }

  async put(key: string, value: string, seconds = foreverSeconds()): Promise<void> {
    this.#values.set(key, { text: value, until: this.#clock.now() + seconds })
  }

  async forget(key: string): Promise<boolean> {
    return this.#values.delete(key)
  }

  async increment(key: string, seconds: number): Promise<number> {
    const alive = this.#isAlive(key) ? this.#values.get(key) : undefined
    const count = Number(/^i:(\d+);$/.exec(alive?.text ?? '')?.[1] ?? 0) + 1
    this.#values.set(key, { text: `i:${count};`, until: alive?.until ?? this.#clock.now() + seconds })
    return count
  }

  async acquireLock({ key, owner, seconds }: Lock): Promise<boolean> {
    const held = this.#locks.get(key)
    if (held && held.owner !== owner && held.until > this.#clock.now()) return false
    this.#locks.set(key, { owner, until: this.#clock.now() + seconds })
    return true
  }

  async releaseLock(key: string, owner?: string): Promise<boolean> {
    const held = this.#locks.get(key)
    return held !== undefined && (owner === undefined || held.owner === owner) && this.#locks.delete(key)
  }

  async releaseLocksOf(owner: string): Promise<void> {
    for (const [key, lock] of this.#locks) if (lock.owner === owner) this.#locks.delete(key)
  }

  #isAlive(key: string): boolean {
    return (this.#values.get(key)?.until ?? 0) > this.#clock.now()
  }
}
