import { randomUUID } from 'node:crypto'
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidOptionError } from '../errors.ts'
import { identityOf, isDead } from './process-identity.ts'
import { type LiveRecord, readLive } from './record-reader.ts'

const recordEnd = '.record'
/** Somebody looks after it: his identity follows. */
const takenMark = '.taken-'
/** A file that nobody ever filled. */
const strayMs = 3_600_000

/** Where the runners of one user on this host keep their records, and where those of dead ones are found. */
export class RecordFolder {
  readonly #path: string
  readonly #own = encodeURIComponent(identityOf(process.pid))

  /** Makes the folder. Throws `InvalidOptionError` when it is not this user's alone: others would read, or plant, files. */
  constructor(path: string = defaultFolder()) {
    this.#path = path
    if (!isMade(path) || !isOurs(path))
      throw new InvalidOptionError('recordFolder', path, 'a folder that only this user may read and write (mode 0700)')
  }

  /** An empty file for one runner. */
  create(): string {
    const path = join(this.#path, `${randomUUID()}${recordEnd}`)
    // Somebody may have tidied up.
    if (!isMade(this.#path) || !isOurs(this.#path)) throw new Error(`The folder ${this.#path} is gone.`)
    closeSync(openSync(path, 'wx', 0o600))
    return path
  }

  /** Of this file nobody else will take care from now on; undefined when somebody does already. */
  take(path: string): string | undefined {
    const [base = path] = path.split(takenMark)
    const taken = `${base}${takenMark}${this.#own}`
    try {
      renameSync(path, taken)
      return taken
    } catch {
      return undefined
    }
  }

  /** Records of this queue that no living parent looks after. */
  *unattended(database: string): Iterable<{ readonly path: string; readonly record: LiveRecord }> {
    for (const name of this.#names()) {
      const path = join(this.#path, name)
      const record = hasNoTaker(name) ? readLive(path) : undefined
      if (record === undefined) removeStray(path)
      else if (record.header.database === database && isDead(record.header.parent)) yield { path, record }
    }
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#path)
    } catch {
      return []
    }
  }
}

function isMade(path: string): boolean {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return true
  } catch {
    return false
  }
}

function isOurs(path: string): boolean {
  // Not what a link of somebody else leads to.
  const folder = lstatSync(path)
  const isPrivate = process.getuid === undefined || (folder.uid === process.getuid() && (folder.mode & 0o077) === 0)
  return folder.isDirectory() && isPrivate
}

/** Or who has taken it is dead himself. */
function hasNoTaker(name: string): boolean {
  const [, taker] = name.split(takenMark)
  return taker === undefined ? name.endsWith(recordEnd) : isDead(decodeURIComponent(taker))
}

function removeStray(path: string): void {
  try {
    const { size, mtimeMs } = statSync(path)
    if (size === 0 && Date.now() - mtimeMs > strayMs) unlinkSync(path)
  } catch {
    // Somebody else has removed it.
  }
}

function defaultFolder(): string {
  return join(tmpdir(), `surtidor-${process.getuid?.() ?? 'workers'}`)
}
