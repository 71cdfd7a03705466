const primaryCode = { fault: 1, busy: 5, corrupt: 11, full: 13, notADatabase: 26 } as const

/**
 * A write that a quota or a limit on the size of files refused has no code of its own (`SQLITE_IOERR_WRITE`), nor has a file
 * of shared memory that cannot grow (`SQLITE_IOERR_SHMSIZE`).
 */
const refusedWrites: ReadonlySet<number> = new Set([778, 4874])
const refusedByTheSystem: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** The statement is wrong, or what it names is not there. */
export function isSqliteFault(error: unknown): boolean {
  return primaryCodeOf(error) === primaryCode.fault
}

/** Another process holds the lock that the statement needs. */
export function isSqliteBusy(error: unknown): boolean {
  return primaryCodeOf(error) === primaryCode.busy
}

/** What is damaged shows it at its first page, or not before a later one is read. */
export function isNoDatabase(error: unknown): boolean {
  const code = primaryCodeOf(error)
  return code === primaryCode.notADatabase || code === primaryCode.corrupt
}

/** The disk takes no more, or not from this user. */
export function isDiskFull(error: unknown): boolean {
  const code = extendedCodeOf(error)
  if (code !== undefined) return code % 256 === primaryCode.full || refusedWrites.has(code)
  return error instanceof Error && 'code' in error && refusedByTheSystem.has(String(error.code))
}

function primaryCodeOf(error: unknown): number | undefined {
  const code = extendedCodeOf(error)
  return code === undefined ? undefined : code % 256
}

/** Its low byte is the primary code. */
function extendedCodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined
}
