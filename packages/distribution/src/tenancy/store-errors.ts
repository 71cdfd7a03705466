const ofStores = new WeakSet<object>()

/** Notes that a store's database has refused something: by itself such an error does not tell whose it is. */
export function markOfStore(error: unknown): void {
  if (error instanceof Error) ofStores.add(error)
}

/** The same for whatever is thrown while a store's database is opened or made. */
export async function markingErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    markOfStore(error)
    throw error
  }
}

/** True for an error of a store's database, and not of the central one. */
export function isOfStore(error: unknown): boolean {
  return error instanceof Error && ofStores.has(error)
}
