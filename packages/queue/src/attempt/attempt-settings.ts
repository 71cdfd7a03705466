import type { ClaimedJob, FollowUp, Transaction } from '../connection.ts'
import type { AnyJobDefinition } from '../job.ts'
import type { CacheKeys } from '../laravel/cache-keys.ts'
import type { Encrypter } from '../laravel/encrypter.ts'
import { acquireLock, releaseLock, releaseLocksOf } from '../locks/unique-lock.ts'
import { headOf, unixSecondsOf } from '../payload-head.ts'
import type { QueueRuntime } from '../runtime.ts'
import type { Lock } from '../shared-store.ts'
import type { WorkRecord } from '../work-record.ts'
import type { AttemptDefaults } from './attempt-limits.ts'
import { countException } from './count-exception.ts'
import type { FollowUpSettings } from './follow-up.ts'

/** What the attempts of a queue have in common, whoever runs them. */
export interface AttemptSettings {
  readonly connectionName: string
  readonly jobs: ReadonlyMap<string, AnyJobDefinition>
  readonly defaults: AttemptDefaults
  /** With the keys of the Laravel application, for jobs that it encrypts. */
  readonly encrypter: Encrypter | undefined
  /** A job that is not among `jobs` is left for who knows it, and does not fail. */
  readonly leavesUnknown: boolean
  readonly cacheKeys: CacheKeys
  readonly followUp: FollowUpSettings
  /** Never rejects; false when the database could not be asked. */
  readonly acquireLock: (lock: Lock) => Promise<boolean>
  /** Never rejects. Without `owner` whoever holds it. */
  readonly releaseLock: (key: string, owner?: string) => Promise<void>
  /** Never rejects. */
  readonly releaseLocksOf: (owner: string) => Promise<void>
  /** Unix milliseconds, by the clock that decides what is due. */
  readonly now: () => number
  /** Extends the reservation now; answers false when it is lost. */
  readonly renew: (job: ClaimedJob) => Promise<boolean>
  /** Hears which handlers run. */
  readonly record?: WorkRecord | undefined
  /** Completes the job inside a transaction of its handler; answers false when the reservation is lost. */
  readonly conclude: (job: ClaimedJob, followUp: FollowUp, tx: Transaction) => Promise<boolean>
  /** Counts an error of a job that has a limit on them, wherever it met the others; true when that was the last. */
  readonly countException: (uuid: string, limit: number) => Promise<boolean>
}

/** Those of a queue, with what is its worker's own. */
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
    releaseLocksOf: (owner) => releaseLocksOf(runtime, owner),
    conclude: (job, followUp, tx) => connection.conclude(job, followUp, tx),
    countException: (uuid, limit) => countException(runtime, uuid, limit),
  }
}
