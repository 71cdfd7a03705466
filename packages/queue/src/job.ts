import type { Transaction } from './connection.ts'
import { InvalidJobDefinitionError } from './errors.ts'
import type { PhpClass } from './laravel/write-command.ts'

/** The part of the Standard Schema interface (standardschema.dev, version 1) that the queue reads. */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

export interface JobOptions {
  /** How often a claim may run the handler before the job fails; 0 means without limit. Default: what the worker says. */
  readonly tries?: number
  /** Seconds after which the handler's signal is aborted; 0 means never. Default: what the worker says. */
  readonly timeout?: number
  /** Seconds to wait before the next try; a list gives one per try, the last repeats. Default: what the worker says. */
  readonly backoff?: number | readonly number[]
  /** Queue the job goes to unless `dispatch` names another. */
  readonly queue?: string
  /** True fails the job at its first timeout, whatever tries are left. */
  readonly failOnTimeout?: boolean
  /** How many of its errors let the job fail, however many tries are left; 0 means that only the tries count. */
  readonly maxExceptions?: number
  /** Asked at the dispatch: until then the job is tried, however often. */
  readonly retryUntil?: () => Date
  /** How its class looks in a Laravel application: with it, the job is written for PHP's workers. */
  readonly php?: PhpClass
  /** While such a job waits or runs, another with the same id is not dispatched. */
  readonly unique?: UniqueOptions
  /** While such a job runs, another with the same key does not. */
  readonly withoutOverlapping?: OverlapOptions
  /** True lets the job end quietly when its handler throws `MissingModelError`. */
  readonly deleteWhenMissingModels?: boolean
  /** Called after the job was moved to `failed_jobs`. What it throws is reported and changes nothing. */
  readonly onFailed?: (data: unknown, error: unknown, job: FailedAttempt) => Promise<void> | void
}

/** As Laravel's `ShouldBeUnique`; its workers and these hold the same locks. */
export interface UniqueOptions {
  /** What is unique, beside the job's name; by default there is one job of this name. */
  readonly id?: (data: unknown) => string | number
  /** Seconds after which another may be dispatched, whatever became of the first. Default a day. */
  readonly for?: number
  /** True frees the lock when the job begins to run, not when it has ended. */
  readonly untilProcessing?: boolean
  /**
   * Stands for the job's name in the key of the lock. From Laravel 12 on that of a class with `displayName()` is a hash,
   * `hash('xxh128', $job->displayName())`.
   */
  readonly name?: string
}

/** As Laravel's middleware `WithoutOverlapping`; its workers and these hold the same locks. */
export interface OverlapOptions {
  /** Whose jobs do not run side by side; by default those of this name. */
  readonly key?: (data: unknown) => string | number
  /** True for a key that other jobs have too, whatever their name. */
  readonly isShared?: boolean
  /** Seconds until a job that finds another running is looked at again, which is no try: one at least. Default 1. */
  readonly releaseAfter?: number
  /** True ends such a job instead, as if it had completed. */
  readonly isDropped?: boolean
  /** Seconds after which the lock is free, whatever became of its holder. Default a day. */
  readonly expiresAfter?: number
  /** Stands for the job's name in the key of the lock, as in `UniqueOptions`. */
  readonly name?: string
}

export interface FailedAttempt {
  readonly uuid: string
  readonly name: string
}

/** What a handler is given beside its data. */
export interface JobContext {
  readonly uuid: string
  readonly name: string
  readonly queue: string
  /** 1 at the first run. */
  readonly attempt: number
  /** Aborted at the timeout, when the reservation is lost and when the worker must stop at once. */
  readonly signal: AbortSignal
  /**
   * Extends the reservation now; throws `LeaseLostError` when it is over or another worker holds the job. A database that
   * does not answer is no reason to throw before that.
   */
  renew(): Promise<void>
  /** Ends this attempt after the handler returned: the job runs again in so many seconds. The attempt counts. */
  release(delaySeconds?: number): void
  /**
   * Completes the job inside a transaction of the handler, in the database of the queue: what that wrote and the job's end
   * are one commit. Call it last, once in an attempt; after a rollback the job is as it was. Throws `LeaseLostError` when
   * another worker holds the job: the transaction must not commit then.
   */
  completeIn(tx: Transaction): Promise<void>
}

export type JobHandler<Output> = (data: Output, context: JobContext) => Promise<void> | void

/** A job's name, its options and its handler; `Input` is what `dispatch` takes, `Output` what the handler gets. */
export interface JobDefinition<Input = never, Output = Input> {
  readonly name: string
  readonly options: JobOptions
  readonly schema: Schema<Input, Output> | undefined
  readonly handler: JobHandler<Output>
}

// biome-ignore lint/suspicious/noExplicitAny: the registry erases payload types on purpose; each handler's own type guards it.
export type AnyJobDefinition = JobDefinition<any, any>

export interface JobOptionsWithSchema<Input, Output> extends JobOptions {
  readonly schema: Schema<Input, Output>
}

/**
 * Defines a job. With a `schema` the data is checked when it is dispatched and again before it runs, and its types
 * reach the handler; without one, write the type of the handler's first parameter.
 */
export function defineJob<Input, Output>(
  name: string,
  options: JobOptionsWithSchema<Input, Output>,
  handler: JobHandler<Output>,
): JobDefinition<Input, Output>
export function defineJob<Input>(name: string, options: JobOptions, handler: JobHandler<Input>): JobDefinition<Input>
export function defineJob<Input, Output>(
  name: string,
  options: JobOptions & { readonly schema?: Schema<Input, Output> },
  handler: JobHandler<Output>,
): JobDefinition<Input, Output> {
  const { schema, ...rest } = options
  checkName(name)
  checkOptions(name, rest)
  return { name, options: rest, schema, handler }
}

/** A day: longer timers are a sign of a mistake, and Node fires those beyond 2^31 ms at once. */
const maxSeconds = 86_400

function checkName(name: string): void {
  if (!/^[^\p{C}]{1,255}$/u.test(name)) {
    throw new InvalidJobDefinitionError(name, 'its name must have 1 to 255 printable characters')
  }
}

/** A year. */
const maxLockSeconds = 31_536_000
const maxTries = 255

function checkOptions(name: string, options: JobOptions): void {
  const { tries = 0, maxExceptions = 0, timeout = 0, backoff = 0, unique, withoutOverlapping } = options
  const values = [
    ['tries', tries, maxTries],
    ['maxExceptions', maxExceptions, maxTries],
    ['timeout', timeout, maxSeconds],
    ['unique.for', unique?.for ?? 0, maxLockSeconds],
    ['withoutOverlapping.releaseAfter', withoutOverlapping?.releaseAfter ?? 0, maxSeconds],
    ['withoutOverlapping.expiresAfter', withoutOverlapping?.expiresAfter ?? 0, maxLockSeconds],
    ['the number of backoffs', [backoff].flat().length, maxTries],
    ...delays(backoff),
  ] as const
  for (const [option, value, max] of values) {
    if (!Number.isInteger(value) || value < 0 || value > max) {
      throw new InvalidJobDefinitionError(name, `${option} is ${value}; give a whole number from 0 to ${max}`)
    }
  }
}

function delays(backoff: number | readonly number[]): readonly (readonly [string, number, number])[] {
  return [backoff].flat().map((seconds) => ['backoff', seconds, maxSeconds] as const)
}
