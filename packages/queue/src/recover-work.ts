import { Attempt } from './attempt.ts'
import { attemptSettings } from './attempt-settings.ts'
import type { ClaimedJob, Reservation } from './connection.ts'
import { keyOf } from './lease.ts'
import type { QueueRuntime } from './runtime.ts'
import { type EndedAttempt, settleOutcome } from './settle-outcome.ts'
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
  /** True when the job has ended the process; false when the process was ended because of the job's timeout. */
  readonly isCrash: boolean
  /** What its failure says. */
  readonly error: (jobName: string) => unknown
  /** Kept from one try to tell of it to the next, so that it counts once. */
  findings?: Findings
}

interface Findings {
  /** How often its job had ended a process before. */
  readonly crashesBefore: number
  /** How the attempt has ended, as soon as that is judged: judging counts the exceptions of the job. */
  verdict: EndedAttempt | undefined
}

/** Reservations that are looked up, or given back, in one statement. */
const atOnce = 1_000

/**
 * Gives back what a dead worker held, at once instead of when the reservations expire. The job that ended its process has
 * had a try, and fails with the cause after the last one or after the third such end; for all others it was none. Each
 * write names its reservation, so that jobs which ended in time, or which somebody else has claimed since, stay as they are.
 */
export async function recoverWork(runtime: QueueRuntime, work: LostWork, options: WorkerOptions): Promise<void> {
  const { connection, events } = runtime
  if (work.culprit) await settleCulprit(runtime, work.culprit, options)
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

async function settleCulprit(runtime: QueueRuntime, culprit: Culprit, options: WorkerOptions): Promise<void> {
  const { connection } = runtime
  const [job] = await connection.reserved([culprit.reservation])
  if (!job) return
  culprit.findings ??= { crashesBefore: job.crashes, verdict: undefined }
  const { findings } = culprit
  findings.verdict ??= await judge(runtime, job, { culprit, options, crashesBefore: findings.crashesBefore })
  if (findings.verdict) await settleOutcome(runtime, findings.verdict)
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
  const mustCount = culprit.isCrash && job.crashes === crashesBefore
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
  return { attempt, error: culprit.error(attempt.info.name) }
}
