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
  #roomyUntil = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #wasRefused = false

  constructor(databasePath: string) {
    this.#databasePath = databasePath
  }

  /**
   * Whether new jobs may be written: what is in the log must find its place in the file, and the jobs that are there room to
   * end. Makes the reserve when it is missing and the disk has room for twice as much.
   */
  hasRoomForMore({ logBytes, unusedBytes }: FileRoom): boolean {
    const now = performance.now()
    if (now < this.#roomyUntil) return true
    const isKept = keptBytes(this.#databasePath) > 0 || this.#make(now)
    const { freeBytes, reserveBytes } = roomBeside(this.#databasePath)
    const needed = logBytes() + reserveBytes / 4 + (isKept ? 0 : reserveBytes)
    const onDisk = this.#wasRefused ? 0 : freeBytes
    const hasRoom = onDisk >= needed || onDisk + unusedBytes() >= needed
    if (hasRoom) this.#roomyUntil = now + trustMs
    return hasRoom
  }

  /** The disk was full and has not got room again, or it is so small that it soon may be. */
  isShort(): boolean {
    return keptBytes(this.#databasePath) === 0 || roomBeside(this.#databasePath).reserveBytes < mostBytes
  }

  free(): void {
    this.#roomyUntil = Number.NEGATIVE_INFINITY
    this.#triedAt = performance.now()
    freeReserve(this.#databasePath)
  }

  /** True when it is there, or cannot be for a reason that is not ours to tell. */
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

/** Of the database file and its log. */
export interface FileRoom {
  logBytes(): number
  /** In the file, where rows were deleted. */
  unusedBytes(): number
}

/** A log of 1,000 pages before its checkpoint, and several megabytes of exceptions for `failed_jobs`. */
const mostBytes = 16 * 1_048_576
const blockBytes = 1_048_576
/** A disk does not fill much in so short a time. */
const trustMs = 5
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
