import type { Connection } from './connection.ts'
import { DuplicateJobError, InvalidOptionError } from './errors.ts'
import { Events } from './events.ts'
import type { AnyJobDefinition } from './job.ts'
import { cacheKeys, defaultCachePrefix } from './laravel/cache-keys.ts'
import { type CipherMode, Encrypter } from './laravel/encrypter.ts'
import { type LaravelFormat, type LaravelVersion, laravelFormats } from './laravel/formats.ts'
import { textsNaming } from './laravel/payload.ts'
import { checkQueueName } from './queue-name.ts'
import type { QueueRuntime } from './runtime.ts'

export interface QueueSettings {
  readonly connection: Connection
  /** The jobs that this process can run. */
  readonly jobs?: readonly AnyJobDefinition[]
  /** Where jobs go that name no queue. Default `default`. */
  readonly defaultQueue?: string
  /** Bytes of a payload's JSON. Default 1 MiB, at most 8 MiB. */
  readonly maxPayloadBytes?: number
  /**
   * What becomes of a job that is not among `jobs`: `fail` (default) moves it to the failed ones with the reason, `leave`
   * lets it wait, untouched, for who knows it: PHP's workers on the same queue. A worker then claims nothing ahead.
   */
  readonly unknownJobs?: 'fail' | 'leave'
  /** Of the Laravel application that shares the tables. */
  readonly laravel?: LaravelSettings
}

export interface LaravelSettings {
  /** `CACHE_PREFIX`, or what Laravel makes of the application's name: its workers and these hear each other by it. */
  readonly cachePrefix?: string
  /** Decides what the payloads say. Default 11. */
  readonly version?: LaravelVersion
  /** `APP_KEY`, then each of `APP_PREVIOUS_KEYS`, for jobs that are encrypted. */
  readonly keys?: readonly string[]
  /** Of the application's `cipher`: what is encrypted here. Default `cbc`; the length of the key tells the rest. */
  readonly cipherMode?: CipherMode
}

/** The parts of a queue as its settings describe them. Throws `InvalidOptionError` and `DuplicateJobError`. */
export function runtimeOf(settings: QueueSettings): QueueRuntime {
  const { connection, laravel } = settings
  const version = laravel?.version ?? 11
  const format = formatOf(version)
  return {
    defaultQueue: checkQueueName(settings.defaultQueue ?? 'default'),
    format,
    connection,
    jobs: byName(checkLockNames(settings.jobs ?? [], version)),
    knownJobs: knownJobs(settings),
    left: new Set(),
    events: new Events(),
    cacheKeys: cacheKeys(checkPrefix(laravel?.cachePrefix ?? defaultCachePrefix(version)), format),
    encrypter: laravel?.keys ? new Encrypter(laravel.keys, laravel.cipherMode) : undefined,
    takers: new Set(),
  }
}

/** Throws `InvalidOptionError`. */
export function maxPayloadBytesOf({ maxPayloadBytes }: QueueSettings): number {
  const bytes = maxPayloadBytes ?? 1_048_576
  if (!Number.isInteger(bytes) || bytes < 1 || bytes > 8_388_608) {
    throw new InvalidOptionError('maxPayloadBytes', bytes, 'a whole number from 1 to 8388608')
  }
  return bytes
}

function formatOf(version: LaravelVersion): LaravelFormat {
  const format: LaravelFormat | undefined = laravelFormats[version]
  if (!format) throw new InvalidOptionError('laravel.version', version, 'a whole number from 8 to 13')
  return format
}

function byName(jobs: readonly AnyJobDefinition[]): ReadonlyMap<string, AnyJobDefinition> {
  const map = new Map<string, AnyJobDefinition>()
  for (const job of jobs) {
    if (map.has(job.name)) throw new DuplicateJobError(job.name)
    map.set(job.name, job)
  }
  return map
}

/** From version 12 on the locks of a class with a name of its own for people have a hash of it in their keys. */
function checkLockNames(jobs: readonly AnyJobDefinition[], version: LaravelVersion): readonly AnyJobDefinition[] {
  for (const { name, options } of jobs) {
    const locks = [options.unique, options.withoutOverlapping].filter((lock) => lock !== undefined)
    if (version < 12 || options.php?.displayName === undefined || locks.every((lock) => lock.name !== undefined))
      continue
    throw new InvalidOptionError(
      'jobs',
      name,
      "unique.name and withoutOverlapping.name, PHP's hash('xxh128', $job->displayName())",
    )
  }
  return jobs
}

function knownJobs({ unknownJobs = 'fail', jobs = [] }: QueueSettings): readonly string[] | undefined {
  if (unknownJobs === 'leave') return jobs.flatMap(({ name }) => textsNaming(name))
  if (unknownJobs === 'fail') return undefined
  throw new InvalidOptionError('unknownJobs', unknownJobs, 'fail or leave')
}

/** Keys have 255 characters, and something must stand behind the prefix. */
function checkPrefix(prefix: string): string {
  if (/^\P{C}{0,128}$/u.test(prefix)) return prefix
  throw new InvalidOptionError('laravel.cachePrefix', prefix, 'at most 128 printable characters')
}
