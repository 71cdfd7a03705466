import type { QueueRuntime } from '../runtime.ts'

const secondsOfCount = 86_400

/**
 * Counts an error of a job for a day, where Laravel's workers count theirs; true when it was the last that the job may
 * meet, and the count is forgotten, so that a retry begins anew. False when the database could not be asked.
 */
export async function countException(runtime: QueueRuntime, uuid: string, limit: number): Promise<boolean> {
  const { shared } = runtime.connection
  const key = runtime.cacheKeys.exceptions(uuid)
  try {
    const isLast = (await shared.increment(key, secondsOfCount)) >= limit
    if (isLast) await shared.forget(key)
    return isLast
  } catch (error) {
    runtime.events.emit('workerError', { error })
    return false
  }
}
