/**
 * Of two transactions that write the same unique key at once, a server lets one wait and then refuses it, or ends it as
 * a deadlock. Run again, it sees what the other has committed, and decides by that. On SQLite, where a transaction that
 * writes is alone, this never happens.
 */
export async function againAfterCollision<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let left = maxCollisions; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      if (left === 0 || !isCollision(error)) throw error
    }
  }
}

const maxCollisions = 3

/** PostgreSQL: unique_violation, deadlock_detected, serialization_failure. MariaDB and MySQL: ER_DUP_ENTRY, ER_LOCK_DEADLOCK. */
const collisionCodes: ReadonlySet<unknown> = new Set(['23505', '40P01', '40001', 1062, 1213])

/** By the code of the database, here or in what caused it; the same on every driver. */
export function isCollision(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const codes = ['code' in error && error.code, 'errno' in error && error.errno]
  const isUnique = 'errcode' in error && (error.errcode === sqliteUnique || error.errcode === sqlitePrimaryKey)
  return isUnique || codes.some((code) => collisionCodes.has(code)) || isCollision(error.cause)
}

const sqliteUnique = 2067
const sqlitePrimaryKey = 1555
