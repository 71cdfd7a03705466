import { randomUUID } from 'node:crypto'
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identityOf, isAlive, isDead, type ProcessIdentity } from './process-identity.ts'
import { RecordFolderError, type RecordFolderFault } from './record-folder-error.ts'
import { type LiveRecord, readLive } from './record-reader.ts'

const recordEnd = '.record'
/** Somebody looks after it: his identity follows. */
const takenMark = '.taken-'
/** Who looked after it lives, and does so no more. */
const nobody = 'nobody'
/** A file that nobody ever filled. */
const strayMs = 3_600_000
/** A runner writes twice a second: what is older is of another boot, or of a container that is gone. */
const staleMs = 86_400_000

/** Where the runners of one user on this host keep their records, and where those of dead ones are found. */
export class RecordFolder {
  readonly #path: string
  readonly #own = encodeURIComponent(identityOf(process.pid))

  /** Makes the folder. Throws `RecordFolderError` when it is not this user's alone: others would read, or plant, files. */
  constructor(path: string = defaultFolder()) {
    this.#path = path
    checkFolder(path)
  }

  /** An empty file for one runner. */
  create(): string {
    const path = join(this.#path, `${randomUUID()}${recordEnd}`)
    // Somebody may have tidied up.
    checkFolder(this.#path)
    closeSync(openSync(path, 'wx', 0o600))
    return path
  }

  /** Of this file nobody else will take care from now on; undefined when somebody does already. */
  take(path: string): string | undefined {
    return passTo(this.#own, path)
  }

  /** Others may take care of what was taken. */
  leave(path: string): void {
    passTo(nobody, path)
  }

  /** Records of this queue that nobody who lives looks after. */
  *unattended(database: string): Iterable<{ readonly path: string; readonly record: LiveRecord }> {
    for (const name of this.#names()) {
      const path = join(this.#path, name)
      const keeper = keeperOf(name)
      const record = keeper === 'taker' ? undefined : readLive(path)
      const isLeft = record !== undefined && (keeper === 'nobody' || isDead(record.header.parent))
      if (isLeft && record.header.database === database) yield { path, record }
      else if (!isInUse(name, record)) removeStale(path)
    }
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#path).filter((name) => name.split(takenMark)[0]?.endsWith(recordEnd))
    } catch {
      return []
    }
  }
}

function checkFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new RecordFolderError(path, { kind: isThere(path) ? 'no_folder' : 'not_made' }, { cause: error })
  }
  const fault = faultOf(path)
  if (fault) throw new RecordFolderError(path, fault)
}

/** Also a link that leads nowhere. */
function isThere(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

function faultOf(path: string): RecordFolderFault | undefined {
  // Not what a link of somebody else leads to.
  const folder = lstatSync(path)
  const user = process.getuid?.()
  if (!folder.isDirectory()) return { kind: 'no_folder' }
  if (user === undefined) return undefined
  if (folder.uid !== user) return { kind: 'foreign', owner: folder.uid, user }
  const mode = folder.mode & 0o777
  return (mode & 0o077) === 0 ? undefined : { kind: 'open_to_others', mode }
}

function passTo(keeper: string, path: string): string | undefined {
  const [base = path] = path.split(takenMark)
  const passed = `${base}${takenMark}${keeper}`
  try {
    renameSync(path, passed)
    return passed
  } catch {
    return undefined
  }
}

/** Who looks after it: the parent that it names, whoever has taken it, or nobody because he is dead or has left it. */
function keeperOf(name: string): 'parent' | 'taker' | 'nobody' {
  const taker = takerOf(name)
  if (taker === undefined) return 'parent'
  return taker === nobody || isDead(taker) ? 'nobody' : 'taker'
}

function takerOf(name: string): ProcessIdentity | undefined {
  const [, taker] = name.split(takenMark)
  try {
    return taker && decodeURIComponent(taker)
  } catch {
    // We have not written that.
    return taker
  }
}

function isInUse(name: string, record: LiveRecord | undefined): boolean {
  return isAlive(takerOf(name) ?? '') || isAlive(record?.header.runner ?? '')
}

function removeStale(path: string): void {
  try {
    const { size, mtimeMs } = statSync(path)
    if (Date.now() - mtimeMs > (size === 0 ? strayMs : staleMs)) unlinkSync(path)
  } catch {
    // Somebody else has removed it.
  }
}

function defaultFolder(): string {
  return join(tmpdir(), `surtidor-${process.getuid?.() ?? 'workers'}`)
}
