export const connectSeconds = 10
/** A connection that nobody used for so long is closed. */
export const idleMs = 30_000

/** Who waits for a row is told so, and not that the statement took too long. */
export function lockSeconds(deadlineSeconds: number): number {
  return Math.max(1, Math.floor(deadlineSeconds / 2))
}

/** The server may not answer at all: then who asked stops waiting. */
export function silenceMs(deadlineSeconds: number): number {
  return (deadlineSeconds + 5) * 1000
}
