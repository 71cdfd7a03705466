import { setImmediate as nextTurn } from 'node:timers/promises'
import { ProcessChangedError, RecordUnwritableError } from '../errors.ts'
import type { WorkRecord } from '../work-record.ts'
import type { Worker, WorkerResult } from '../worker/worker.ts'
import { type ParentMessage, type RunnerMessage, readEnvelope, toEnvelope, toSentError } from './messages.ts'
import { ProcessChanges } from './process-changes.ts'
import { identityOf } from './process-identity.ts'
import type { RecordHeader } from './record-format.ts'
import { RecordWriter } from './record-writer.ts'
import { Standstill } from './standstill.ts'
import { onSignals, stopSignals } from './stop-signals.ts'
import type { Supervision } from './supervision.ts'

const recordVariable = 'SURTIDOR_RUNNER_RECORD'
const parentVariable = 'SURTIDOR_RUNNER_PARENT'

/** What makes a process a runner of this one. */
export function runnerEnvironment(recordPath: string): Readonly<Record<string, string>> {
  return { [recordVariable]: recordPath, [parentVariable]: identityOf(process.pid) }
}

export interface RunnerRole {
  readonly recordPath: string
  readonly parent: string
}

/** The role that the parent gave to this process, once: what its jobs start is no runner. Undefined for any other process. */
export function takeRunnerRole(): RunnerRole | undefined {
  const { [recordVariable]: recordPath, [parentVariable]: parent } = process.env
  delete process.env[recordVariable]
  delete process.env[parentVariable]
  return recordPath === undefined || parent === undefined ? undefined : { recordPath, parent }
}

export interface RunnerSettings {
  readonly role: RunnerRole
  /** What the jobs are in. */
  readonly supervision: Pick<Supervision, 'database' | 'retryAfterSeconds' | 'makeRoom'>
  readonly concurrency: number
  /** Makes the worker with the record that it has to keep. */
  readonly worker: (record: WorkRecord) => Worker
}

/** Runs a worker under the eyes of the parent: it keeps a record of what it does, obeys, and says how it ends. */
export async function runUnderParent(settings: RunnerSettings): Promise<WorkerResult> {
  using record = openRecord(settings)
  using standstill = new Standstill()
  record.stoodStillMs = () => standstill.totalMs
  const worker = settings.worker(record)
  const crashes = new Crashes(worker, record)
  using _changes = watchChanges(worker, record)
  using _orders = obeyParent(worker)
  await tell({ kind: 'ready' })
  // What the parent has said by now is heard before the first job.
  await nextTurn()
  try {
    const result = await worker.run()
    await tell({ kind: 'ended', result })
    return result
  } catch (error) {
    await tell({ kind: 'gave-up' })
    throw error
  } finally {
    crashes.hasEnded()
  }
}

function openRecord({ role, supervision, concurrency }: RunnerSettings): RecordWriter {
  const { database, retryAfterSeconds } = supervision
  const header: RecordHeader = {
    version: 1,
    runner: identityOf(process.pid),
    parent: role.parent,
    database,
    retryAfterSeconds,
    slots: concurrency,
  }
  try {
    return new RecordWriter(role.recordPath, header)
  } catch (error) {
    if (!(error instanceof RecordUnwritableError)) throw error
    // Mostly it is the disk of a SQLite file, which keeps room for the end of the jobs that are there.
    supervision.makeRoom()
    return new RecordWriter(role.recordPath, header)
  }
}

/** An error that nobody caught belongs to the job that left it behind, for as long as the process lives. */
class Crashes {
  readonly #record: RecordWriter
  #worker: Worker | undefined
  readonly #exit = () => this.#record.hasExited()

  constructor(worker: Worker, record: RecordWriter) {
    this.#worker = worker
    this.#record = record
    const hear = (error: unknown) => this.#hear(error)
    process.on('uncaughtException', hear).on('unhandledRejection', hear).on('exit', this.#exit)
  }

  /** The worker takes no more word of its jobs. */
  hasEnded(): void {
    this.#worker = undefined
    process.off('exit', this.#exit)
  }

  #hear(error: unknown): void {
    const { current } = this.#record
    if (this.#worker) void this.#worker.crash(error, current)
    else if (current) void tell({ kind: 'late-error', job: current, error: toSentError(error) })
    else reportDefect(error)
  }
}

/** As the system would have done it, but what is still open is closed first. */
function reportDefect(error: unknown): void {
  console.error(error)
  process.exitCode = 1
}

/** A process that a job has changed is not what the next one expects: another one takes over. */
function watchChanges(worker: Worker, record: RecordWriter): Disposable {
  const changes = new ProcessChanges(record)
  record.afterFirstTurn = (job) => changes.afterFirstTurn(job)
  record.harmOf = (job) => {
    const change = changes.after(job)
    if (!change) return undefined
    const error = new ProcessChangedError(change.thing)
    // One that ended before it did so is told of as of what it throws then.
    void worker.crash(error, change.culprit === job ? undefined : change.culprit)
    return change.culprit === job ? error : undefined
  }
  return changes
}

function obeyParent(worker: Worker): Disposable {
  const obey: Readonly<Record<ParentMessage['kind'], () => void>> = {
    stop: () => worker.stop(),
    'stop-now': () => worker.stopNow(),
    pause: () => worker.pause(),
    resume: () => worker.resume(),
  }
  const hear = (envelope: unknown) => {
    const message = readEnvelope<ParentMessage>(envelope)
    if (message) obey[message.kind]()
  }
  process.on('message', hear).on('disconnect', obey.stop)
  // The parent may be gone before we came so far.
  if (!process.connected) worker.stop()
  const stopHearing = [
    // Who keeps services running signals all their processes at once, and our parent passes it on: two are one wish, as
    // long as there is a parent to pass the next one on.
    onSignals(stopSignals, () => obey[process.connected ? 'stop' : 'stop-now']()),
    onSignals(['SIGUSR2'], obey.pause),
    onSignals(['SIGCONT'], obey.resume),
  ]
  return {
    [Symbol.dispose]: () => {
      process.off('message', hear).off('disconnect', obey.stop)
      for (const stop of stopHearing) stop()
    },
  }
}

/** Answers when it is on its way, so that the process may exit. A parent that is gone is noticed elsewhere. */
function tell(message: RunnerMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (process.connected) process.send?.(toEnvelope(message), undefined, undefined, () => resolve())
  else resolve()
  return promise
}
