const shortestIdleMs = 20
/** Even who wants no pause leaves time for timers, signals and other processes. */
const leastMs = 5

/** A clock that was set meanwhile, or a signal that got lost, costs a minute at the most. */
const mostMs = 60_000

/**
 * Milliseconds to pause between two looks at an empty queue: short after there was work, longer the longer nothing comes,
 * at most `longestMs` or a minute. Spread by a quarter either way, so that workers do not ask in step.
 */
export function idlePauseMs(idleForMs: number, longestMs: number, random = Math.random()): number {
  const untilMs = Math.max(shortestIdleMs, idleForMs / 8)
  return Math.max(leastMs, Math.min(longestMs, mostMs, untilMs) * (0.75 + random / 2))
}
