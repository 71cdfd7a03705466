import { randomUUID } from 'node:crypto'
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidOptionError } from '../errors.ts'
import { identityOf, isDead } from './process-identity.ts'
import { readWhole, type WholeRecord } from './record-reader.ts'

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
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const { uid, mode } = lstatSync(path)
    const isOurs = process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0)
    if (!isOurs || !lstatSync(path).isDirectory())
      throw new InvalidOptionError('recordFolder', path, 'a folder that only this user may read and write (mode 0700)')
  }

  /** An empty file for one runner. */
  create(): string {
    const path = join(this.#path, `${randomUUID()}${recordEnd}`)
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

  /** Records of this queue whose runner and whose parent are dead, taken. */
  *takeDead(database: string): Iterable<{ readonly path: string; readonly record: WholeRecord }> {
    for (const name of readdirSync(this.#path)) {
      const path = join(this.#path, name)
      const record = isUnattended(name) ? readWhole(path) : undefined
      if (record === undefined) removeStray(path)
      if (record?.header.database !== database || !isDead(record.header.runner) || !isDead(record.header.parent))
        continue
      const taken = this.take(path)
      if (taken !== undefined) yield { path: taken, record }
    }
  }
}

/** Nobody has taken it, or who did is dead himself. */
function isUnattended(name: string): boolean {
  const [, taker] = name.split(takenMark)
  return taker === undefined ? name.endsWith(recordEnd) : isDead(decodeURIComponent(taker))
}

function removeStray(path: string): void {
  const file = statSync(path, { throwIfNoEntry: false })
  if (file?.size === 0 && Date.now() - file.mtimeMs > strayMs) unlinkSync(path)
}

function defaultFolder(): string {
  return join(tmpdir(), `surtidor-${process.getuid?.() ?? 'workers'}`)
}
