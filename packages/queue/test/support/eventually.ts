import { setTimeout as wait } from 'node:timers/promises'

/** Waits until `check` holds; fails after `seconds` with what it last saw. For the doings of other processes only. */
export async function eventually<T>(check: () => T | Promise<T>, seconds = 15): Promise<NonNullable<T>> {
  const seen = await watch(check, seconds)
  if (!seen) throw new Error(`It did not happen within ${seconds} seconds; last seen: ${String(seen)}.`)
  return seen
}

/** Like {@link eventually}, and answers false when the time is over. What `check` throws goes on. */
export async function comesTrue(check: () => boolean | Promise<boolean>, seconds: number): Promise<boolean> {
  return watch(check, seconds)
}

async function watch<T>(check: () => T | Promise<T>, seconds: number): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const seen = await check()
    if (seen || performance.now() > deadline) return seen
    await wait(20)
  }
}
