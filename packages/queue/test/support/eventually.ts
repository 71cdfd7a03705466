import { setTimeout as wait } from 'node:timers/promises'

/** Waits until `check` holds; fails after `seconds` with what it last saw. For the doings of other processes only. */
export async function eventually<T>(check: () => T | Promise<T>, seconds = 15): Promise<NonNullable<T>> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const seen = await check()
    if (seen) return seen
    if (performance.now() > deadline)
      throw new Error(`It did not happen within ${seconds} seconds; last seen: ${String(seen)}.`)
    await wait(20)
  }
}
