/** What was thrown; undefined when nothing was. */
export async function problemOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run()
    return undefined
  } catch (error) {
    return error
  }
}

/** Not one that says that the disk is full. A copy of the queue has classes of its own, so it is known by its fields. */
export function untyped(error: unknown): readonly string[] {
  const code = error instanceof Error ? Reflect.get(error, 'code') : undefined
  const problem = error instanceof Error ? Reflect.get(error, 'problem') : undefined
  if (error === undefined || (code === 'DATABASE_UNUSABLE' && problem === 'disk_full')) return []
  return [`The error does not say that the disk is full: ${error}`]
}
