import { randomBytes } from 'node:crypto'
import {
  closeSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { isDiskFull } from './sqlite-errors.ts'

/**
 * Room on the disk that is kept for jobs that are there already. On a full disk SQLite cannot even delete a row, since that
 * is written to its log first: a full disk could not drain itself. So a file beside the database (`queue.sqlite-reserve`)
 * holds some, and whoever is refused room first empties it. Jobs end in what that frees, and no new ones are taken until
 * there is room again. The file is what all processes look at; none of it is ever read.
 */
export class SqliteReserve {
  readonly #databasePath: string
  #keptUntil = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #wasRefused = false

  constructor(databasePath: string) {
    this.#databasePath = databasePath
  }

  /** True while the reserve is there. Makes it when it is not, and when there is room for twice as much. */
  isKept(): boolean {
    const now = performance.now()
    if (now < this.#keptUntil) return true
    const isKept = keptBytes(this.#databasePath) > 0 || this.#make(now)
    if (isKept) this.#keptUntil = now + trustMs
    return isKept
  }

  /** It was needed, by some process, and has not been made again since. */
  wasFreed(): boolean {
    return keptBytes(this.#databasePath) === 0
  }

  /** Without the reserve: whether the disk and so many unused bytes of the database file have more room than it needs. */
  hasRoom(unusedBytes: number): boolean {
    const { freeBytes, reserveBytes } = roomBeside(this.#databasePath)
    return (this.#wasRefused ? 0 : freeBytes) + unusedBytes >= 1.5 * reserveBytes
  }

  free(): void {
    this.#keptUntil = Number.NEGATIVE_INFINITY
    this.#triedAt = performance.now()
    freeReserve(this.#databasePath)
  }

  #make(now: number): boolean {
    if (now - this.#triedAt < tryAgainMs) return false
    this.#triedAt = now
    try {
      const isMade = makeReserve(this.#databasePath)
      this.#wasRefused = false
      return isMade
    } catch (error) {
      // By a quota, which the free room of the disk does not show.
      this.#wasRefused = isDiskFull(error)
      // Whatever else is wrong with the folder, SQLite will say so.
      return !this.#wasRefused
    }
  }
}

/** A log of 1,000 pages before its checkpoint, and several megabytes of exceptions for `failed_jobs`. */
const mostBytes = 16 * 1_048_576
const blockBytes = 1_048_576
/** Another process may free it meanwhile. */
const trustMs = 250
const tryAgainMs = 1_000

/** Gives the room back to the disk; false when there was none. The empty file stays, as a sign that the disk was full. */
export function freeReserve(databasePath: string): boolean {
  if (keptBytes(databasePath) <= 0) return false
  truncateSync(reservePath(databasePath))
  return true
}

/** 0 when it was freed, -1 when there never was one. */
function keptBytes(databasePath: string): number {
  return statSync(reservePath(databasePath), { throwIfNoEntry: false })?.size ?? -1
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
  // After it was needed, a quota must have room for twice as much too, or it would be made of what was just freed.
  const provenBytes = keptBytes(databasePath) === 0 ? 2 * reserveBytes : reserveBytes
  const unfinished = `${reservePath(databasePath)}-unfinished`
  try {
    writeReserve(unfinished, reserveBytes, provenBytes)
    renameSync(unfinished, reservePath(databasePath))
    return true
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** Written, since a hole holds no room; and random, since some filesystems keep other bytes in less of it. */
function writeReserve(path: string, bytes: number, provenBytes: number): void {
  const block = randomBytes(blockBytes)
  const file = openSync(path, 'w', 0o600)
  try {
    for (let written = 0; written < provenBytes; ) {
      written += writeSync(file, block, 0, Math.min(blockBytes, provenBytes - written))
    }
    ftruncateSync(file, bytes)
  } finally {
    closeSync(file)
  }
}
