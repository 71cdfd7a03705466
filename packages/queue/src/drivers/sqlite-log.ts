import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

/** What the log of a file in WAL mode may keep on the disk once nobody reads in it. Normally it has a fourth of that. */
export const maxLogBytes = 16 * 1_048_576

const lookMs = 250
const waitForReadersMs = 250
/** Pages after which SQLite takes what is in the log to the file; the first is its own choice. */
const checkpointPages = { normal: 1_000, onFullDisk: 100 } as const

/**
 * Keeps the log of a file in WAL mode small. SQLite starts it over only at an instant in which nobody reads in it, and under
 * readers that overlap there is none: the log would grow as long as they come. So from a certain size on, writers are held
 * back for a moment until the readers of that moment have gone. For a reader that stays there is no cure: writers wait for
 * none, and the log shrinks when it has gone.
 *
 * On a full disk the log and the file share what little room there is. There the log starts over sooner, so that the file
 * can grow by what it takes to end the jobs.
 */
export class SqliteLog {
  readonly #database: DatabaseSync
  readonly #path: string
  readonly #isDiskFull: () => boolean
  #lookAt = 0
  #checkpointPages: number = checkpointPages.normal
  /** Frames that were in the file at the last look: the same number again means that one reader has stayed. */
  #copied = -1

  /** `isDiskFull` is asked a few times a second. */
  constructor(database: DatabaseSync, databasePath: string, isDiskFull: () => boolean) {
    this.#database = database
    this.#path = `${databasePath}-wal`
    this.#isDiskFull = isDiskFull
  }

  /** For after any statement, outside of transactions: looks once in a while. Never throws. */
  keepSmall(): void {
    const now = performance.now()
    if (now < this.#lookAt) return
    this.#lookAt = now + lookMs
    try {
      this.#heedDisk()
      if ((statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) this.#shrink()
    } catch {
      // A disk that is full, or another process at the same work. Statements tell of what is wrong.
    }
  }

  /** For when the disk refused something: what is in the log goes to the file now. Never throws. */
  startOver(): void {
    try {
      this.#heedDisk()
      this.#checkpoint('passive')
    } catch {
      // The file has to grow for that, or another process is at it.
    }
  }

  #heedDisk(): void {
    const pages = this.#isDiskFull() ? checkpointPages.onFullDisk : checkpointPages.normal
    if (pages === this.#checkpointPages) return
    this.#database.exec(`pragma wal_autocheckpoint = ${pages}`)
    this.#checkpointPages = pages
  }

  #shrink(): void {
    const { log, checkpointed } = this.#checkpoint('passive')
    const hasReaderStayed = checkpointed < log && checkpointed === this.#copied
    this.#copied = checkpointed
    if (!hasReaderStayed) this.#waitingForReaders(() => this.#checkpoint('truncate'))
  }

  #checkpoint(mode: 'passive' | 'truncate'): { readonly log: number; readonly checkpointed: number } {
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
