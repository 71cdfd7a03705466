import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

/** What the log of a file in WAL mode may keep on the disk once nobody reads in it. Normally it has a fourth of that. */
export const maxLogBytes = 16 * 1_048_576

/** At 200 MB a second it grows by a fourth of what it may have between two looks. A look takes microseconds. */
const lookMs = 20
const diskLookMs = 250
/** Also the pause after readers that did not go, in which writers go on. */
const waitForReadersMs = 250
interface Size {
  /** After which SQLite takes what is in the log to the file; 1,000 is its own choice. */
  readonly pages: number
  /** That it leaves to the log when it starts it over. */
  readonly bytes: number
}

const normal: Size = { pages: 1_000, bytes: maxLogBytes }
const small: Size = { pages: 100, bytes: 409_600 }

/**
 * Keeps the log of a file in WAL mode small. SQLite starts it over only at an instant in which nobody reads in it, and under
 * readers that overlap there is none: the log would grow as long as they come. So from a certain size on, writers are held
 * back for a moment until the readers of that moment have gone. For a reader that stays there is no cure: writers wait for
 * none, and the log shrinks when it has gone.
 *
 * Where there is little room the log starts over sooner: what is in it has to find its place in the file too, and a full
 * disk would have room for one of them only.
 */
export class SqliteLog {
  readonly #database: DatabaseSync
  readonly #path: string
  readonly #isRoomShort: () => boolean
  #lookAt = 0
  #diskLookAt = 0
  #size = normal
  /** Frames that were in the file at the last look: the same number again means that one reader has stayed. */
  #copied = -1

  /** `isRoomShort` is asked a few times a second. */
  constructor(database: DatabaseSync, databasePath: string, isRoomShort: () => boolean) {
    this.#database = database
    this.#path = `${databasePath}-wal`
    this.#isRoomShort = isRoomShort
  }

  bytes(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0
  }

  /** For after any statement, outside of transactions: looks once in a while. Never throws. */
  keepSmall(): void {
    const now = performance.now()
    if (now < this.#lookAt) return
    this.#lookAt = now + lookMs
    try {
      if (now >= this.#diskLookAt) {
        this.#diskLookAt = now + diskLookMs
        this.#heedDisk()
      }
      if (this.bytes() > maxLogBytes && !this.#shrink()) this.#lookAt = performance.now() + waitForReadersMs
    } catch {
      this.#lookAt = performance.now() + waitForReadersMs
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
    const size = this.#isRoomShort() ? small : normal
    if (size === this.#size) return
    this.#database.exec(`pragma wal_autocheckpoint = ${size.pages}; pragma journal_size_limit = ${size.bytes}`)
    this.#size = size
  }

  /** Whether it is small again. */
  #shrink(): boolean {
    const { log, checkpointed } = this.#checkpoint('passive')
    const hasReaderStayed = checkpointed < log && checkpointed === this.#copied
    this.#copied = checkpointed
    if (!hasReaderStayed) this.#waitingForReaders(() => this.#checkpoint('truncate'))
    return this.bytes() <= maxLogBytes
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
