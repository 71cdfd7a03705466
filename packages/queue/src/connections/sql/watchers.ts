import type { Watch } from '../../connection.ts'

/** Who waits for work on this connection: told at once, without asking the database. */
export class Watchers {
  readonly #watchers = new Set<Watcher>()

  add(queues: readonly string[], onWork: () => void): Disposable {
    const watcher = { queues: new Set(queues), onWork }
    this.#watchers.add(watcher)
    return { [Symbol.dispose]: () => this.#watchers.delete(watcher) }
  }

  tell(queue: string): void {
    for (const { queues, onWork } of this.#watchers) if (queues.has(queue)) onWork()
  }
}

interface Watcher {
  readonly queues: ReadonlySet<string>
  readonly onWork: () => void
}

/** One that hears of its own process, and of others where the database can tell. */
export function joined(local: Disposable, remote: Watch | undefined): Watch {
  return {
    get isLive() {
      return remote?.isLive ?? false
    },
    [Symbol.asyncDispose]: async () => {
      local[Symbol.dispose]()
      await remote?.[Symbol.asyncDispose]()
    },
  }
}
