import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { ClaimedJob, Connection, FollowUp, NewFailure } from '../connection.ts'
import { DatabaseUnusableError, FollowUpError, mayBeDone } from '../errors.ts'
import type { AttemptInfo, FinishedAttempt } from '../events.ts'
import { describePayload } from '../laravel/payload.ts'
import { toAsciiJson } from '../laravel/php-json.ts'
import { releaseLock } from '../locks/unique-lock.ts'
import type { QueueRuntime } from '../runtime.ts'
import type { WorkRecord } from '../work-record.ts'
import { exceptionText, toAscii } from './exception-text.ts'
import type { Outcome, UnstartedOutcome } from './outcome.ts'

export interface EndedAttempt {
  readonly job: ClaimedJob
  readonly info: AttemptInfo
  readonly outcome: Outcome
  readonly durationMs: number
  /** Of a unique job. */
  readonly uniqueKey: string | undefined
  readonly followUp: FollowUp | undefined
  /** Hears of the hook that is called when the job has failed. */
  readonly record?: WorkRecord | undefined
}

/**
 * Records how an attempt ended and tells the listeners. A write that does not reach the database is not the job's fault:
 * it is tried again (each is fenced, so twice does no harm), and in the end the reservation expires and the job comes back.
 */
export async function settleOutcome(runtime: QueueRuntime, ended: EndedAttempt): Promise<void> {
  if (ended.outcome.kind === 'unstarted') return giveBack(runtime, ended, ended.outcome)
  if (ended.outcome.kind === 'concluded') return afterConclusion(runtime, ended, ended.outcome.error)
  const wasCurrent = await persist(runtime, () => write(runtime, ended))
  const finished = { ...ended.info, durationMs: ended.durationMs }
  if (wasCurrent === undefined) return waitForRecord(runtime, ended)
  if (!wasCurrent) {
    runtime.events.emit('leaseLost', finished)
    return
  }
  const hasEnded = ended.outcome.kind === 'completed' || ended.outcome.kind === 'failed'
  if (hasEnded && ended.uniqueKey !== undefined) await releaseLock(runtime, ended.uniqueKey)
  await announce(runtime, ended, finished)
}

/** Its handler has written the end; what it threw after that is somebody's business, but not the job's. */
async function afterConclusion(
  runtime: QueueRuntime,
  { info, durationMs, uniqueKey }: EndedAttempt,
  error: unknown,
): Promise<void> {
  if (uniqueKey !== undefined) await releaseLock(runtime, uniqueKey)
  if (error !== undefined) runtime.events.emit('workerError', { error })
  runtime.events.emit('jobProcessed', { ...info, durationMs })
}

/** So many are remembered; one that is forgotten is taken once more. */
const maxLeft = 1_000

async function giveBack(
  { connection, events, left }: QueueRuntime,
  { job, info, durationMs }: EndedAttempt,
  { delaySeconds, reason }: UnstartedOutcome,
): Promise<void> {
  if (reason === 'unknown') {
    if (left.size >= maxLeft) left.clear()
    left.add(job.id)
  }
  try {
    await connection.unclaim([job], delaySeconds)
    events.emit('jobReleased', { ...info, durationMs, delaySeconds, reason: 'asked' })
  } catch (error) {
    // Not tried again: it may be done. Else the job comes back when its reservation expires.
    events.emit('workerError', { error })
  }
}

async function write({ connection }: QueueRuntime, ended: EndedAttempt): Promise<boolean> {
  const { job, outcome, followUp } = ended
  switch (outcome.kind) {
    case 'completed':
      if (followUp) return connection.conclude(job, followUp)
      return (await connection.complete([job])).length === 0
    case 'released':
      return connection.release(job, outcome.delaySeconds)
    case 'forgiven':
      return (await connection.forgive([job])).length === 0
    case 'failed':
      return fail(connection, ended, exceptionText(outcome.error))
    case 'lost':
    case 'concluded':
    case 'unstarted':
      return false
  }
}

function fail(connection: Connection, { job, info, followUp }: EndedAttempt, exception: string): Promise<boolean> {
  const failure = newFailure(connection, { job, info }, exception)
  return recordSpelt(failure, (spelt) => connection.fail(job, spelt, followUp?.batch))
}

/** A column of an older charset may not hold every letter: the failure counts more than its letters. */
async function recordSpelt<T>(failure: NewFailure, record: (spelt: NewFailure) => Promise<T>): Promise<T> {
  let problem: unknown
  for (const spelt of spellings(failure)) {
    try {
      return await record(spelt)
    } catch (error) {
      if (!(error instanceof DatabaseUnusableError) || error.problem !== 'unstorable_text') throw error
      problem = error
    }
  }
  throw problem
}

function* spellings(failure: NewFailure): Generator<NewFailure> {
  yield failure
  const exception = toAscii(failure.exception)
  yield { ...failure, exception }
  yield { ...failure, exception, respelledPayload: toAsciiJson(failure.payload) }
}

/**
 * A job that has completed, and whose code threw afterwards where nobody could catch it: it stays done, and the failure is
 * recorded for who has to look at it.
 */
export async function recordLateFailure(runtime: QueueRuntime, failure: Failure): Promise<void> {
  const { job, info, error } = failure
  try {
    const { connection } = runtime
    const late = newFailure(connection, { job, info }, exceptionText(error))
    await recordSpelt(late, (spelt) => connection.recordFailure(spelt))
    await announceFailure(runtime, failure, 0)
  } catch (problem) {
    runtime.events.emit('workerError', { error: problem })
  }
}

function newFailure(
  connection: Connection,
  { job, info }: Pick<Failure, 'job' | 'info'>,
  exception: string,
): NewFailure {
  return {
    // A payload that names no uuid, or one that no table holds, still has to be found again.
    uuid: isUsable(info.uuid) ? info.uuid : randomUUID(),
    connection: connection.name,
    queue: job.queue,
    payload: job.payload,
    exception,
  }
}

const unrecordedSeconds = 60

/**
 * A failure that cannot be recorded: the job goes back with its tries counted, and fails again without running, until
 * somebody has mended the table. Left reserved it would be taken for the victim of a crash, and run once more.
 */
async function waitForRecord({ connection, events }: QueueRuntime, ended: EndedAttempt): Promise<void> {
  const { job, outcome, followUp } = ended
  try {
    if (outcome.kind === 'failed') await connection.release(job, unrecordedSeconds)
    // It ran well. What follows from it cannot be written, and running it again would not change that.
    else if (outcome.kind === 'completed' && followUp)
      await fail(connection, { ...ended, followUp: undefined }, exceptionText(new FollowUpError(ended.info.name)))
  } catch (error) {
    events.emit('workerError', { error })
  }
}

function isUsable(uuid: string): boolean {
  return /^[\x20-\x7e]{1,255}$/.test(uuid)
}

async function persist(runtime: QueueRuntime, attempt: () => Promise<boolean>): Promise<boolean | undefined> {
  let isUnsure = false
  for (const delayMs of [100, 500, 2_000, undefined]) {
    try {
      // After an answer that got lost, a row that is gone was most likely changed by that very write.
      return (await attempt()) || isUnsure
    } catch (error) {
      isUnsure ||= mayBeDone(error)
      runtime.events.emit('workerError', { error })
      if (delayMs !== undefined) await wait(delayMs * (0.5 + Math.random()))
    }
  }
  return undefined
}

async function announce(
  runtime: QueueRuntime,
  { job, info, outcome, record }: EndedAttempt,
  finished: FinishedAttempt,
): Promise<void> {
  if (outcome.kind === 'completed') runtime.events.emit('jobProcessed', finished)
  if (outcome.kind === 'released') runtime.events.emit('jobReleased', { ...finished, ...outcome })
  if (outcome.kind === 'forgiven')
    runtime.events.emit('jobReleased', { ...finished, delaySeconds: 0, reason: 'error', error: outcome.error })
  if (outcome.kind === 'failed')
    await announceFailure(runtime, { job, info, error: outcome.error, record }, finished.durationMs)
}

async function announceFailure(runtime: QueueRuntime, failure: Failure, durationMs: number): Promise<void> {
  await callOnFailed(runtime, failure)
  runtime.events.emit('jobFailed', { ...failure.info, durationMs, error: failure.error })
}

interface Failure {
  readonly job: ClaimedJob
  readonly info: AttemptInfo
  readonly error: unknown
  readonly record?: WorkRecord | undefined
}

async function callOnFailed(runtime: QueueRuntime, { job, info, error, record }: Failure): Promise<void> {
  try {
    const payload = describePayload(job.payload, runtime.encrypter)
    const hook = runtime.jobs.get(payload.job)?.options.onFailed
    if (!hook) return
    const call = () => Promise.resolve(hook(payload.data, error, { uuid: info.uuid, name: info.name }))
    await withDeadline(record ? record.run(job, hookSeconds, call) : call())
  } catch (hookError) {
    runtime.events.emit('workerError', { error: hookError })
  } finally {
    const harm = record?.end(job)
    if (harm) runtime.events.emit('workerError', { error: harm })
  }
}

const hookSeconds = 10

/** A hook that never answers must not stop the worker. */
async function withDeadline(hook: Promise<void>): Promise<void> {
  const deadline = AbortSignal.timeout(hookSeconds * 1000)
  const { promise, reject } = Promise.withResolvers<never>()
  const giveUp = () => reject(new Error(`onFailed did not answer within ${hookSeconds} seconds.`))
  deadline.addEventListener('abort', giveUp, { once: true })
  try {
    await Promise.race([hook, promise])
  } finally {
    deadline.removeEventListener('abort', giveUp)
  }
}
