import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, renameSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { isDiskFull } from './sqlite-errors.ts'

/**
 * Room on the disk that is kept for jobs that are there already. On a full disk SQLite cannot even delete a row, since that
 * is written to its log first: a full disk could not drain itself. So a file beside the database (`queue.sqlite-reserve`)
 * holds some, and whoever is refused room first deletes it. Jobs end in what that frees, and no new ones are taken until
 * there is room again. The file is what all processes look at; none of it is ever read.
 */
export class SqliteReserve {
  readonly #databasePath: string
  #keptUntil = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY

  constructor(databasePath: string) {
    this.#databasePath = databasePath
  }

  /** True while the reserve is there. Makes it when it is missing and the disk has room for twice as much. */
  isKept(): boolean {
    const now = performance.now()
    if (now < this.#keptUntil) return true
    const isKept = existsSync(reservePath(this.#databasePath)) || this.#make(now)
    if (isKept) this.#keptUntil = now + trustMs
    return isKept
  }

  /** Without the reserve: whether the disk together with so many bytes that the database file does not use has enough. */
  hasRoom(unusedBytes: number): boolean {
    const { freeBytes, reserveBytes } = roomBeside(this.#databasePath)
    return freeBytes + unusedBytes >= 2 * reserveBytes
  }

  free(): void {
    this.#keptUntil = Number.NEGATIVE_INFINITY
    this.#triedAt = performance.now()
    freeReserve(this.#databasePath)
  }

  #make(now: number): boolean {
    // A quota is met only by writing.
    if (now - this.#triedAt < tryAgainMs) return false
    this.#triedAt = now
    try {
      return makeReserve(this.#databasePath)
    } catch (error) {
      // Whatever else is wrong with the folder, SQLite will say so.
      return !isDiskFull(error)
    }
  }
}

/** A log of 1,000 pages before its checkpoint, and several megabytes of exceptions for `failed_jobs`. */
const mostBytes = 16 * 1_048_576
const blockBytes = 1_048_576
/** Another process may free it meanwhile. */
const trustMs = 250
const tryAgainMs = 1_000

/** Gives the room back to the disk; false when there was none. */
export function freeReserve(databasePath: string): boolean {
  const path = reservePath(databasePath)
  const isThere = existsSync(path)
  rmSync(path, { force: true })
  return isThere
}

function reservePath(databasePath: string): string {
  return `${databasePath}-reserve`
}

function roomBeside(databasePath: string): { readonly freeBytes: number; readonly reserveBytes: number } {
  const { bavail, blocks, bsize } = statfsSync(dirname(databasePath))
  // Of a small disk a fourth.
  return { freeBytes: bavail * bsize, reserveBytes: Math.min(mostBytes, Math.floor((blocks * bsize) / 4)) }
}

function makeReserve(databasePath: string): boolean {
  const { freeBytes, reserveBytes } = roomBeside(databasePath)
  if (freeBytes < 2 * reserveBytes) return false
  const unfinished = `${reservePath(databasePath)}-unfinished`
  try {
    writeRandom(unfinished, reserveBytes)
    renameSync(unfinished, reservePath(databasePath))
    return true
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** Written, since a hole holds no room; and random, since some filesystems keep other bytes in less of it. */
function writeRandom(path: string, bytes: number): void {
  const block = randomBytes(blockBytes)
  const file = openSync(path, 'w', 0o600)
  try {
    for (let written = 0; written < bytes; ) {
      written += writeSync(file, block, 0, Math.min(blockBytes, bytes - written))
    }
  } finally {
    closeSync(file)
  }
}
