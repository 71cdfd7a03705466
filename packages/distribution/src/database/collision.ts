import { isDuplicate, untilUndisturbed } from './sql.ts'

/**
 * Runs a transaction that looks and then writes. Where two run side by side, the unique keys refuse what a look could not
 * see; run once more, it sees what the other one has committed, and decides by that.
 */
export async function againAfterCollision<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await untilUndisturbed(work)
  } catch (error) {
    if (!isDuplicate(error)) throw error
    return await untilUndisturbed(work)
  }
}
