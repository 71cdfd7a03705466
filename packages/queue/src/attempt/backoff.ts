/** Seconds to wait after the given attempt: the list's element for it, else its last, else none. */
export function backoffSeconds(backoff: readonly number[], attempt: number): number {
  return backoff[Math.min(attempt, backoff.length) - 1] ?? 0
}
