import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { DatabaseBusyError, type DatabaseProblem, DatabaseUnusableError } from '../errors.ts'
import { isDiskFull, isNoDatabase, isSqliteBusy } from './sqlite-errors.ts'
import { checkFilesystem } from './sqlite-filesystem.ts'
import { maxLogBytes } from './sqlite-log.ts'
import { freeReserve } from './sqlite-reserve.ts'

/**
 * Opening a SQLite file and waiting for it, the same for everybody who writes to one. SQLite lets one process write at a
 * time, and `node:sqlite` blocks the thread while it waits: so the wait inside SQLite is short and the long one is ours,
 * outside, where timers and signals go on.
 */
const blockingWaitMs = 25
const walSwitchMs = 2_000

/** Two connections that write and checkpoint at the same instant can corrupt the file before this version. */
const oldestSafeVersion = [3, 51, 3] as const

/**
 * Opens a file in WAL mode with `synchronous = full`, so that what was acknowledged survives a power cut; makes it and
 * its folder when they are missing, for their owner only. On a full disk it is opened in the room that was kept for that.
 * Throws `DatabaseUnusableError` and `DatabaseBusyError`.
 */
export function openSqliteFile(path: string): DatabaseSync {
  checkVersion(path)
  try {
    return open(path)
  } catch (error) {
    // Its log and the shared memory beside it take some room too.
    if (isDiskFull(error) && freeReserve(path)) return openSqliteFile(path)
    throw openingError(path, error)
  }
}

/**
 * Opens a file that is there to look at it: nothing is written, also beside it. A file in WAL mode whose log is gone is used
 * by nobody, and only as an immutable one does SQLite open it without making a new log. Throws `DatabaseUnusableError` and
 * `DatabaseBusyError`.
 */
export function openSqliteFileToRead(path: string): DatabaseSync {
  try {
    const url = pathToFileURL(path)
    // Reading the header costs this process its locks on the file, so a file that is in use in WAL mode is not asked.
    if (!existsSync(`${path}-wal`) && isInWalMode(path)) url.searchParams.set('immutable', '1')
    const database = new DatabaseSync(url, { readOnly: true, timeout: blockingWaitMs })
    database.prepare('select count(*) from sqlite_schema').get()
    return database
  } catch (error) {
    throw openingError(path, error)
  }
}

function openingError(path: string, error: unknown): Error {
  if (error instanceof DatabaseUnusableError) return error
  if (isSqliteBusy(error)) return new DatabaseBusyError(path, walSwitchMs / 1000, { cause: error })
  return new DatabaseUnusableError(path, openingProblem(error), { cause: error })
}

function openingProblem(error: unknown): DatabaseProblem {
  if (isDiskFull(error)) return 'disk_full'
  return isNoDatabase(error) ? 'not_a_database' : 'cannot_open'
}

/** The bytes 18 and 19 of the header tell what writes and reads the file: 2 is the log. */
function isInWalMode(path: string): boolean {
  const header = Buffer.alloc(20)
  const file = openSync(path, 'r')
  try {
    readSync(file, header, 0, header.length, 0)
  } finally {
    closeSync(file)
  }
  return header[18] === 2 || header[19] === 2
}

export interface BusyWait {
  /** Default 10. */
  readonly deadlineSeconds?: number
  /** When the wait began, of `performance.now()`. Default now. */
  readonly since?: number
}

/** Tries until the file is free, without blocking the thread; throws `DatabaseBusyError` after the deadline. */
export async function untilSqliteIsFree<T>(
  path: string,
  attempt: () => T,
  { deadlineSeconds = 10, since = performance.now() }: BusyWait = {},
): Promise<Awaited<T>> {
  const deadline = since + deadlineSeconds * 1000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!isSqliteBusy(error)) throw error
      if (performance.now() > deadline) throw new DatabaseBusyError(path, deadlineSeconds, { cause: error })
    }
    await wait(pauseMs())
  }
}

function open(path: string): DatabaseSync {
  const isFile = path !== ':memory:'
  if (isFile) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    checkFilesystem(path)
  }
  const database = new DatabaseSync(path, { timeout: blockingWaitMs })
  try {
    database.exec('pragma synchronous = full; pragma foreign_keys = on')
    enterWalMode(database)
    database.exec(`pragma journal_size_limit = ${maxLogBytes}`)
    if (isFile) chmodSync(path, 0o600)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * Switching a new file to WAL needs it alone, and SQLite does not wait for that. The thread stands still here, but only
 * for a new file that another process opens in the same instant; a file in WAL mode answers at once.
 */
function enterWalMode(database: DatabaseSync): void {
  const deadline = performance.now() + walSwitchMs
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (;;) {
    try {
      database.exec('pragma journal_mode = wal')
      return
    } catch (error) {
      if (!isSqliteBusy(error) || performance.now() > deadline) throw error
    }
    Atomics.wait(clock, 0, 0, pauseMs())
  }
}

function pauseMs(): number {
  return 5 + Math.random() * 45
}

function checkVersion(path: string): void {
  const version = (process.versions.sqlite ?? '0').split('.').map(Number)
  const difference =
    oldestSafeVersion.map((part, index) => (version[index] ?? 0) - part).find((part) => part !== 0) ?? 0
  if (difference < 0) throw new DatabaseUnusableError(path, 'unsafe_version')
}
