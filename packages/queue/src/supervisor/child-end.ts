import type { ChildProcess } from 'node:child_process'

export interface ChildEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Who has ended had said what it had to say; something that it started may hold its channel and its output open. */
const lastWordsMs = 1_000

/**
 * Resolves when a child has ended and its last words were heard. The system tells of its end at once, when they may still be
 * on their way. Never resolves for one that could not be started.
 */
export function endOf(child: ChildProcess): Promise<ChildEnd> {
  const { promise, resolve } = Promise.withResolvers<ChildEnd>()
  child.once('exit', (code, signal) => {
    const end = () => resolve({ code, signal })
    const timer = setTimeout(end, lastWordsMs)
    child.once('close', () => {
      clearTimeout(timer)
      end()
    })
  })
  return promise
}

/** At once, with everything it has started. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It ended just now, or this system knows no groups.
    child.kill('SIGKILL')
  }
}
