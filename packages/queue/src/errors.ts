/** Every error that a caller may handle has a stable `code`; `docs/errors.md` lists them. */
export abstract class QueueError extends Error {
  abstract readonly code: string

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

export class InvalidJobDefinitionError extends QueueError {
  readonly code = 'INVALID_JOB_DEFINITION'

  constructor(job: string, reason: string) {
    super(`The job ${JSON.stringify(job)} cannot be defined: ${reason}.`)
  }
}

export class DuplicateJobError extends QueueError {
  readonly code = 'DUPLICATE_JOB'

  constructor(job: string) {
    super(`Two jobs are called ${JSON.stringify(job)}. Give one of them another name.`)
  }
}

export class InvalidOptionError extends QueueError {
  readonly code = 'INVALID_OPTION'

  constructor(option: string, value: unknown, expected: string) {
    super(`${option} is ${JSON.stringify(value)}; give ${expected}.`)
  }
}

export class InvalidDataError extends QueueError {
  readonly code = 'INVALID_DATA'
  readonly issues: readonly string[]

  constructor(job: string, issues: readonly string[]) {
    super(`The data of ${job} does not fit its schema: ${issues.join('; ')}.`)
    this.issues = issues
  }
}

export class InvalidPayloadError extends QueueError {
  readonly code = 'INVALID_PAYLOAD'

  constructor(reason: string, options?: ErrorOptions) {
    super(`The payload cannot be used: ${reason}.`, options)
  }
}

export class PayloadTooLargeError extends QueueError {
  readonly code = 'PAYLOAD_TOO_LARGE'

  constructor(job: string, bytes: number, maxBytes: number) {
    super(
      `The payload of ${job} has ${bytes} bytes, more than the ${maxBytes} allowed. Store the data and pass its id.`,
    )
  }
}

export class UnknownJobError extends QueueError {
  readonly code = 'UNKNOWN_JOB'

  constructor(job: string) {
    super(
      `No handler is registered for ${JSON.stringify(job)}. Add its definition to createQueue({ jobs }); if PHP runs it, set unknownJobs: 'leave' (QUEUE_UNKNOWN_JOBS=leave). Then retry.`,
    )
  }
}

export class MaxAttemptsExceededError extends QueueError {
  readonly code = 'MAX_ATTEMPTS_EXCEEDED'

  constructor(job: string) {
    super(`${job} has been attempted too many times.`)
  }
}

export class JobTimeoutError extends QueueError {
  readonly code = 'JOB_TIMEOUT'

  constructor(job: string, seconds: number) {
    super(`${job} has timed out after ${seconds} seconds.`)
  }
}

/** The job did not fail: it ended the process it ran in. */
export class JobCrashedError extends QueueError {
  readonly code = 'JOB_CRASHED'
  /** What the system says of it: `signal SIGSEGV`, `exit code 1`, `more than 512 MB of memory`. */
  readonly reason: string

  constructor(job: string, reason: string) {
    super(`${job} ended the process that it ran in: ${reason}. Look for what ends or crashes it, then retry.`)
    this.reason = reason
  }
}

const sharedThings = {
  directory: 'the working directory of its process changed. Use absolute paths, or give what it starts a `cwd`',
  umask: 'the umask of its process changed. Give each file its own mode',
  prototype: 'keys in Object.prototype. Keep them in an object of its own',
} as const

export type SharedThing = keyof typeof sharedThings

export class LeaseLostError extends QueueError {
  readonly code = 'LEASE_LOST'

  constructor(job: string) {
    super(`${job} is no longer reserved by this worker; another one may be running it.`)
  }
}

/** Throw it from a handler when another try cannot help: the job fails at once. */
export class PermanentError extends QueueError {
  readonly code: string = 'PERMANENT'
}

/**
 * Throw it from a handler when a row that the job is about does not exist any more: a job whose class says
 * `deleteWhenMissingModels` ends quietly, any other fails at once.
 */
export class MissingModelError extends PermanentError {
  override readonly code = 'MISSING_MODEL'
}

/** A job did not clean up behind itself: it fails at once, where it is known which one it was. */
export class ProcessChangedError extends PermanentError {
  override readonly code = 'PROCESS_CHANGED'
  readonly thing: SharedThing

  constructor(thing: SharedThing) {
    super(`The job left ${sharedThings[thing]}: other jobs share it.`)
    this.thing = thing
  }
}

export class DatabaseBusyError extends QueueError {
  readonly code = 'DATABASE_BUSY'
  readonly database: string
  readonly seconds: number

  constructor(database: string, seconds: number, options?: ErrorOptions) {
    super(
      `The database ${database} stayed locked for ${seconds} seconds. Find the process that holds it, then try again.`,
      options,
    )
    this.database = database
    this.seconds = seconds
  }
}

/** Something was asked of a queue after it was closed. */
export class QueueClosedError extends QueueError {
  readonly code = 'QUEUE_CLOSED'

  constructor() {
    super('The queue is closed. Close it after the last use, and await its workers before.')
  }
}

export class DatabaseDeadlineError extends QueueError {
  readonly code = 'DATABASE_DEADLINE'
  readonly database: string
  readonly seconds: number
  readonly waitedFor: 'answer' | 'connection'

  constructor(database: string, seconds: number, waitedFor: 'answer' | 'connection' = 'answer') {
    super(
      waitedFor === 'answer'
        ? `${database} did not answer a statement within ${seconds} seconds. Look at what it is busy with and at the network, then try again.`
        : `No connection to ${database} was free within ${seconds} seconds. Allow more connections, do less at once, or look at the network.`,
    )
    this.waitedFor = waitedFor
    this.database = database
    this.seconds = seconds
  }
}

/** Who watches over a worker would not know what it runs, nor end a job that never does. */
export class RecordUnwritableError extends QueueError {
  readonly code = 'RECORD_UNWRITABLE'
  readonly path: string

  constructor(path: string, options?: ErrorOptions) {
    super(
      `A worker could not write what it runs into ${path}. Free some room on that disk, or give another recordFolder.`,
      options,
    )
    this.path = path
  }
}

/** Told to who listens for `workerError`; the worker goes on. */
export class ClockSkewError extends QueueError {
  readonly code = 'CLOCK_SKEW'
  /** Of this machine; less than 0 when it is behind. */
  readonly secondsAhead: number

  constructor(secondsAhead: number) {
    const seconds = Math.abs(Math.round(secondsAhead))
    super(
      `The clock of this machine is ${seconds} seconds ${secondsAhead > 0 ? 'ahead of' : 'behind'} that of the queue's database. Let both follow the same time service (NTP).`,
    )
    this.secondsAhead = secondsAhead
  }
}

export class UnreadableBatchError extends QueueError {
  readonly code = 'UNREADABLE_BATCH'
  readonly batch: string

  constructor(batch: string) {
    super(
      `The failed_job_ids of the batch ${JSON.stringify(batch)} are no list of ids. Correct the row in job_batches, or retry its jobs one by one.`,
    )
    this.batch = batch
  }
}

const problems = {
  not_a_database: 'the file is not a SQLite database; check the path',
  cannot_open: 'the file cannot be opened; check that its folder exists and may be written',
  unsafe_version: 'this SQLite can corrupt it; use a Node with SQLite 3.51.3 or newer',
  network_filesystem:
    'it is on a network filesystem, where SQLite can corrupt it; put it on a local disk, or use MariaDB or PostgreSQL',
  disk_full: 'its disk is full, or a quota is used up; free some room, and everything goes on by itself',
  unreachable: 'nothing answers there; check that the server runs, its host and its port',
  connection_lost: 'the connection broke, and the last statement may or may not be done; look, then try again',
  wrong_credentials: 'it refuses the user or the password; check both',
  missing_privileges:
    'the user may not do that; grant it select, insert, update, delete and, to migrate, create and alter',
  unknown_database: 'the server has no database of that name; create it, or correct the name',
  too_many_connections: 'it has no connection left; close some, or raise its limit',
  read_only: 'it may only be read from now; write to the primary, or make it writable',
  no_skip_locked: 'it lacks SKIP LOCKED; use MariaDB 10.6, MySQL 8.0.1, PostgreSQL 14 or newer',
  missing_tables: 'it lacks a table of the queue; run the migration (queue.migrate)',
  not_a_jobs_table: 'a table of the queue lacks a column; compare it with that of Laravel, or use another database',
  unstorable_text: 'a column cannot hold the text; convert the table to utf8mb4 or UTF8',
  unstorable_value:
    'a column is too small for a value; make it as large as in a new table of Laravel (longtext), and times bigint on PostgreSQL',
  too_large: 'a statement is larger than it accepts; raise its packet limit, or send less data',
} as const

export type DatabaseProblem = keyof typeof problems

export class DatabaseUnusableError extends QueueError {
  readonly code = 'DATABASE_UNUSABLE'
  readonly database: string
  readonly problem: DatabaseProblem

  constructor(database: string, problem: DatabaseProblem, options?: ErrorOptions) {
    super(`The database ${database} cannot be used: ${problems[problem]}.`, options)
    this.database = database
    this.problem = problem
  }
}

export class FollowUpError extends QueueError {
  readonly code = 'FOLLOW_UP'

  constructor(job: string) {
    super(
      `${job} ran well, but the next job of its chain or the count of its batch could not be written. Mend the table, then retry: it will run again.`,
    )
  }
}

/** False after an error with which the database has certainly done nothing; else it may have, and its answer got lost. */
export function mayBeDone(error: unknown): boolean {
  if (error instanceof DatabaseBusyError) return false
  if (!(error instanceof DatabaseUnusableError) || error.problem === 'connection_lost') return true
  // The network says so of a connection that cannot be made, and of one that broke.
  return error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ETIMEDOUT'
}
