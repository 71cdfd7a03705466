import type { AttemptSettings } from './attempt.ts'
import { countException } from './count-exception.ts'
import { headOf, unixSecondsOf } from './prepare-job.ts'
import type { QueueRuntime } from './runtime.ts'
import { acquireLock, releaseLock } from './unique-lock.ts'

/** What the attempts of a queue have in common, whoever runs them. */
export function attemptSettings(
  runtime: QueueRuntime,
  own: Pick<AttemptSettings, 'defaults' | 'now' | 'renew' | 'record'>,
): AttemptSettings {
  const { connection, jobs, encrypter, cacheKeys, format, defaultQueue } = runtime
  return {
    ...own,
    connectionName: connection.name,
    jobs,
    encrypter,
    cacheKeys,
    leavesUnknown: runtime.knownJobs !== undefined,
    followUp: {
      format,
      encrypter,
      defaultQueue,
      headOf: (className) => {
        const definition = jobs.get(className)
        return definition && { ...headOf(definition), retryUntil: unixSecondsOf(definition.options.retryUntil?.()) }
      },
    },
    acquireLock: (lock) => acquireLock(runtime, lock),
    releaseLock: (key, owner) => releaseLock(runtime, key, owner),
    conclude: (job, followUp, tx) => connection.conclude(job, followUp, tx),
    countException: (uuid, limit) => countException(runtime, uuid, limit),
  }
}
