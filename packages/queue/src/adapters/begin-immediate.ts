import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'

const deadlineMs = 10_000

/**
 * Begins a transaction that may write, and waits outside of SQLite, up to ten seconds, while another one writes: a wait
 * inside stops the thread, and who holds the file may be on it. Rejects with SQLite's error when the file stays locked.
 */
export async function beginImmediate(execute: (sql: string) => unknown): Promise<void> {
  const deadline = performance.now() + deadlineMs
  // A transaction that this thread has in another connection is over by the next turn, if nobody waits in it.
  await nextTurn()
  for (;;) {
    try {
      await execute('begin immediate')
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error
    }
    await wait(5 + Math.random() * 45)
  }
}

/** `node:sqlite` has SQLite's number, other clients its name, and a query builder puts an error of its own around it. */
function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('errcode' in error) return Number(error.errcode) % 256 === 5
  if ('code' in error && String(error.code).startsWith('SQLITE_BUSY')) return true
  return isBusy(error.cause)
}
