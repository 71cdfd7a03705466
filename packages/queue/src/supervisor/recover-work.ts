import { Attempt } from '../attempt/attempt.ts'
import { attemptSettings } from '../attempt/attempt-settings.ts'
import { type EndedAttempt, settleOutcome } from '../attempt/settle-outcome.ts'
import { type ClaimedJob, keyOf, type Reservation } from '../connection.ts'
import { JobCrashedError, JobTimeoutError } from '../errors.ts'
import type { QueueRuntime } from '../runtime.ts'
import { checkOptions, type WorkerOptions } from '../worker/worker-options.ts'

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
  /** How often its job had ended a process before: kept from one try to tell of it to the next, so that it counts once. */
  crashesBefore?: number
  /** How the attempt has ended, as soon as that is judged: judging counts the exceptions of the job. */
  verdict?: EndedAttempt
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
  const lost = await connection.forgive(work.suspects, { areSuspects: true })
  const named = new Set([work.culprit?.reservation, ...work.suspects].map((each) => each && keyOf(each)))
  const others = work.held.filter((each) => !named.has(keyOf(each)))
  let forgiven = work.suspects.length - lost.length
  for (let index = 0; index < others.length; index += atOnce) {
    const group = others.slice(index, index + atOnce)
    forgiven += group.length - (await connection.forgive(group)).length
  }
  events.emit('workerDied', { cause: work.cause, forgiven })
}

/**
 * The job that ended its process has had a try, and fails with the cause after the last one or after the third such end.
 * Answers false when that could not be written, and has to be tried again with the same culprit. Runs code of the
 * application: how long to wait, what to do when the job has failed.
 */
export async function settleCulprit(runtime: QueueRuntime, culprit: Culprit, options: WorkerOptions): Promise<boolean> {
  const { connection } = runtime
  const [job] = await connection.reserved([culprit.reservation])
  if (!job) return true
  culprit.crashesBefore ??= job.crashes
  const verdict =
    culprit.verdict ?? (await judge(runtime, job, { culprit, options, crashesBefore: culprit.crashesBefore }))
  if (!verdict) return true
  culprit.verdict = verdict
  await settleOutcome(runtime, verdict)
  return (await connection.reserved([culprit.reservation])).length === 0
}

interface Judging {
  readonly culprit: Culprit
  readonly options: WorkerOptions
  readonly crashesBefore: number
}

/** Undefined when the job is another worker's by now. */
async function judge(
  runtime: QueueRuntime,
  job: ClaimedJob,
  { culprit, options, crashesBefore }: Judging,
): Promise<EndedAttempt | undefined> {
  const { connection } = runtime
  // What may fail comes before what counts.
  const nowMs = (await connection.now()) * 1000
  // Of a count whose answer was lost it shows in the job that it was done.
  const mustCount = culprit.end.kind === 'crashed' && job.crashes === crashesBefore
  const crashes = mustCount ? await connection.countCrash(job) : job.crashes
  if (crashes === undefined) return undefined
  const { attempt, error } = attemptOf(runtime, { ...job, crashes }, { culprit, options, nowMs })
  const judged = await attempt.judge(error)
  return { ...judged, job, info: attempt.info, durationMs: culprit.durationMs }
}

interface Attempting {
  readonly culprit: Culprit
  readonly options: WorkerOptions
  /** Unix milliseconds of the database. */
  readonly nowMs: number
}

function attemptOf(runtime: QueueRuntime, job: ClaimedJob, { culprit, options, nowMs }: Attempting) {
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
