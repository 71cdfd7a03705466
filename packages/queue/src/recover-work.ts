import { Attempt } from './attempt.ts'
import { attemptSettings } from './attempt-settings.ts'
import type { ClaimedJob, Reservation } from './connection.ts'
import { JobCrashedError, JobTimeoutError } from './errors.ts'
import { keyOf } from './lease.ts'
import type { QueueRuntime } from './runtime.ts'
import { settleOutcome } from './settle-outcome.ts'
import { checkOptions, type WorkerOptions } from './worker-options.ts'

/** What the process of a worker held when it ended, and what is known of why. */
export interface LostWork {
  /** What ended the process, as a person should read it. */
  readonly cause: string
  readonly held: readonly Reservation[]
  /** One of them has ended the process, and nobody knows which. */
  readonly suspects: readonly Reservation[]
  readonly culprit: Culprit | undefined
}

export interface Culprit {
  readonly reservation: Reservation
  /** How long it ran. */
  readonly durationMs: number
  readonly end: CulpritEnd
}

/** Plain data, which other processes can be told. */
export type CulpritEnd =
  /** The job has ended its process. */
  | { readonly kind: 'crashed'; readonly cause: string }
  /** The process was ended because of the job's timeout. */
  | { readonly kind: 'timed_out'; readonly seconds: number }

/** Reservations that are looked up, or given back, in one statement. */
const atOnce = 1_000

/**
 * Gives back what a dead worker held, at once instead of when the reservations expire: but for the culprit, for all of them
 * it was no try. Each write names its reservation, so that jobs which ended in time, or which somebody else has claimed
 * since, stay as they are.
 */
export async function recoverWork({ connection, events }: QueueRuntime, work: LostWork): Promise<void> {
  await connection.forgive(work.suspects, { areSuspects: true })
  const named = new Set([work.culprit?.reservation, ...work.suspects].map((each) => each && keyOf(each)))
  const others = work.held.filter((each) => !named.has(keyOf(each)))
  let forgiven = work.suspects.length
  for (let index = 0; index < others.length; index += atOnce) {
    const group = others.slice(index, index + atOnce)
    forgiven += group.length - (await connection.forgive(group)).length
  }
  events.emit('workerDied', { cause: work.cause, forgiven })
}

/**
 * The job that ended its process has had a try, and fails with the cause after the last one or after the third such end.
 * Runs code of the application: how long to wait, what to do when the job has failed.
 */
export async function settleCulprit(runtime: QueueRuntime, culprit: Culprit, options: WorkerOptions): Promise<void> {
  const { connection } = runtime
  const [job] = await connection.reserved([culprit.reservation])
  if (!job) return
  const crashes = culprit.end.kind === 'crashed' ? await connection.countCrash(job) : job.crashes
  if (crashes === undefined) return
  const nowMs = (await connection.now()) * 1000
  const { attempt, error } = judgeOf(runtime, { ...job, crashes }, { culprit, options, nowMs })
  const judged = await attempt.judge(error)
  await settleOutcome(runtime, { ...judged, job, info: attempt.info, durationMs: culprit.durationMs })
}

interface Judging {
  readonly culprit: Culprit
  readonly options: WorkerOptions
  /** Unix milliseconds of the database. */
  readonly nowMs: number
}

function judgeOf(runtime: QueueRuntime, job: ClaimedJob, { culprit, options, nowMs }: Judging) {
  const { tries, timeout, backoff } = checkOptions(options)
  const settings = attemptSettings(runtime, {
    defaults: { tries, timeout, backoff },
    now: () => nowMs,
    renew: () => Promise.resolve(true),
  })
  const attempt = new Attempt(job, settings)
  return { attempt, error: errorOf(culprit.end, attempt.info.name) }
}

function errorOf(end: CulpritEnd, jobName: string): Error {
  return end.kind === 'crashed' ? new JobCrashedError(jobName, end.cause) : new JobTimeoutError(jobName, end.seconds)
}
