export type {
  BatchFilter,
  ClaimedJob,
  ClaimRequest,
  Connection,
  Exchange,
  FailedFilter,
  FailedJob,
  NewFailure,
  NewJob,
  Page,
  QueryResult,
  QueueSize,
  Reservation,
  Row,
  SqlValue,
  StoredJob,
  Transaction,
  Watch,
} from './connection.ts'
export { sync } from './connections/sync.ts'
export type { BatchDispatchOptions, BatchJob, DispatchedBatch } from './dispatch/batch.ts'
export type { DispatchedJob, DispatchOptions } from './dispatch/prepare-job.ts'
export {
  DatabaseBusyError,
  DatabaseDeadlineError,
  type DatabaseProblem,
  DatabaseUnusableError,
  DuplicateJobError,
  InvalidDataError,
  InvalidJobDefinitionError,
  InvalidOptionError,
  InvalidPayloadError,
  JobCrashedError,
  JobTimeoutError,
  LeaseLostError,
  MaxAttemptsExceededError,
  MissingModelError,
  PayloadTooLargeError,
  PermanentError,
  ProcessChangedError,
  QueueClosedError,
  QueueError,
  UnknownJobError,
  UnreadableBatchError,
} from './errors.ts'
export type { AttemptInfo, FinishedAttempt, QueueEvents } from './events.ts'
export { checkNotDone } from './inspection/check-not-done.ts'
export type { Advice, Facts, Finding, Severity } from './inspection/finding.ts'
export { type InspectionSettings, inspectLaravelQueue } from './inspection/inspect-laravel-queue.ts'
export { readTables, type TableFound, type Tables } from './inspection/read-tables.ts'
export {
  type AnyJobDefinition,
  defineJob,
  type FailedAttempt,
  type JobContext,
  type JobDefinition,
  type JobHandler,
  type JobOptions,
  type JobOptionsWithSchema,
  type OverlapOptions,
  type Schema,
  type UniqueOptions,
} from './job.ts'
export { defaultCachePrefix } from './laravel/cache-keys.ts'
export type { CipherMode } from './laravel/encrypter.ts'
export { type LaravelVersion, laravelVersions } from './laravel/formats.ts'
export { describePayload, type PayloadDescription } from './laravel/payload.ts'
export type { PhpKind } from './laravel/php/from-plain.ts'
export type { PhpClass, PhpPropertyOptions } from './laravel/write-command.ts'
export { createQueue, type FailedSelection, type Queue } from './queue.ts'
export type { LaravelSettings, QueueSettings } from './queue-settings.ts'
export type { DatabaseKind, ReadOnlyDatabase } from './read-only-database.ts'
export type { SharedStore } from './shared-store.ts'
export type { StopReason } from './worker/stop-reason.ts'
export type { Worker, WorkerResult } from './worker/worker.ts'
export type { WorkerOptions } from './worker/worker-options.ts'
export type { SlotRequest, WorkerSlot, WorkerSlots } from './worker-slots.ts'
