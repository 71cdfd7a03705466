import type { ClaimedJob, Connection } from './connection.ts'
import type { Events } from './events.ts'
import type { AnyJobDefinition } from './job.ts'
import type { CacheKeys } from './laravel/cache-keys.ts'
import type { Encrypter } from './laravel/encrypter.ts'
import type { LaravelFormat } from './laravel/formats.ts'

/** What a queue shares with its workers. */
export interface QueueRuntime {
  readonly connection: Connection
  /** By the name that payloads carry. */
  readonly jobs: ReadonlyMap<string, AnyJobDefinition>
  readonly events: Events
  /** Texts of which a payload contains one when its job is among `jobs`; undefined when others are taken too, to fail. */
  readonly knownJobs: readonly string[] | undefined
  /** Ids of jobs that only looked like known ones: this process does not take them again. */
  readonly left: Set<string>
  /** Where jobs go that name no queue. */
  readonly defaultQueue: string
  /** What payloads say in the version of Laravel that shares the tables. */
  readonly format: LaravelFormat
  /** For jobs that a Laravel application encrypts. */
  readonly encrypter: Encrypter | undefined
  /** Where processes of this queue, and of a Laravel application, leave orders for workers. */
  readonly cacheKeys: CacheKeys
  /** The workers of this process that run. */
  readonly takers: Set<Taker>
}

/** A worker that may have a free runner. */
export interface Taker {
  /** A place for a job of the queue when a runner waits for one and nothing is due before it; else undefined. */
  expect(queue: string): Place | undefined
  /** Lets its current jobs end; answers when it has stopped. */
  end(): Promise<void>
}

/** Kept for a job that is being written; ends with one of the two. */
export interface Place {
  take(job: ClaimedJob): void
  cancel(): void
}
