import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

/** What the log of a file in WAL mode may keep on the disk once nobody reads in it. Normally it has a fourth of that. */
export const maxLogBytes = 16 * 1_048_576

const lookMs = 1_000
const waitForReadersMs = 250

/**
 * Keeps the log of a file in WAL mode small. SQLite starts it over only at an instant in which nobody reads in it, and under
 * readers that overlap there is none: the log would grow as long as they come. So from a certain size on, writers are held
 * back for a moment until the readers of that moment have gone. For a reader that stays there is no cure: writers wait for
 * none, and the log shrinks when it has gone.
 */
export class SqliteLog {
  readonly #database: DatabaseSync
  readonly #path: string
  #lookAt = 0
  /** Frames that were in the file at the last look: the same number again means that one reader has stayed. */
  #copied = -1

  constructor(database: DatabaseSync, databasePath: string) {
    this.#database = database
    this.#path = `${databasePath}-wal`
  }

  /** For after any statement, outside of transactions: looks once in a while. Never throws. */
  keepSmall(): void {
    const now = performance.now()
    if (now < this.#lookAt) return
    this.#lookAt = now + lookMs
    if ((statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0) <= maxLogBytes) return
    try {
      this.#checkpoint()
    } catch {
      // A disk that is full, or another process at the same work. Statements tell of what is wrong.
    }
  }

  #checkpoint(): void {
    const { log, checkpointed } = this.#run('passive')
    const hasReaderStayed = checkpointed < log && checkpointed === this.#copied
    this.#copied = checkpointed
    if (!hasReaderStayed) this.#waitingForReaders(() => this.#run('truncate'))
  }

  #run(mode: 'passive' | 'truncate'): { readonly log: number; readonly checkpointed: number } {
    const row = this.#database.prepare(`pragma wal_checkpoint(${mode})`).get()
    return { log: Number(row?.log), checkpointed: Number(row?.checkpointed) }
  }

  #waitingForReaders(work: () => unknown): void {
    const before = this.#database.prepare('pragma busy_timeout').get()?.timeout
    this.#database.exec(`pragma busy_timeout = ${waitForReadersMs}`)
    try {
      work()
    } finally {
      this.#database.exec(`pragma busy_timeout = ${before}`)
    }
  }
}
