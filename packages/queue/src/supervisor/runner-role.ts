import type { Supervision } from '../supervision.ts'
import type { WorkRecord } from '../work-record.ts'
import type { Worker, WorkerResult } from '../worker.ts'
import { identityOf } from './process-identity.ts'
import { RecordWriter } from './record-writer.ts'

/** What a runner tells its parent. */
export type RunnerMessage =
  /** It has opened everything, and works. */
  { readonly kind: 'ready' } | { readonly kind: 'ended'; readonly result: WorkerResult }

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
  readonly supervision: Pick<Supervision, 'database' | 'retryAfterSeconds'>
  readonly concurrency: number
  /** Makes the worker with the record that it has to keep. */
  readonly worker: (record: WorkRecord) => Worker
  readonly run: (worker: Worker) => Promise<WorkerResult>
}

/** Runs a worker under the eyes of the parent: it keeps a record of what it does, and says how it ends. */
export async function runUnderParent(settings: RunnerSettings): Promise<WorkerResult> {
  const { role, concurrency } = settings
  const { database, retryAfterSeconds } = settings.supervision
  using record = new RecordWriter(role.recordPath, {
    version: 1,
    runner: identityOf(process.pid),
    parent: role.parent,
    database,
    retryAfterSeconds,
    slots: concurrency,
  })
  const worker = settings.worker(record)
  const stopWatching = watchCrashes(worker, record)
  try {
    await tell({ kind: 'ready' })
    const result = await settings.run(worker)
    await tell({ kind: 'ended', result })
    return result
  } finally {
    stopWatching()
  }
}

/** An error that nobody caught belongs to the job that left it behind. */
function watchCrashes(worker: Worker, record: RecordWriter): () => void {
  const crash = (error: unknown) => void worker.crash(error, record.current)
  const exit = () => record.hasExited()
  const pause = () => worker.pause()
  const resume = () => worker.resume()
  process.on('uncaughtException', crash).on('unhandledRejection', crash).on('exit', exit)
  process.on('SIGUSR2', pause).on('SIGCONT', resume)
  return () => {
    process.off('uncaughtException', crash).off('unhandledRejection', crash).off('exit', exit)
    process.off('SIGUSR2', pause).off('SIGCONT', resume)
  }
}

/** Answers when it is on its way, so that the process may exit. A parent that is gone is noticed elsewhere. */
function tell(message: RunnerMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (process.connected) process.send?.(message, undefined, undefined, () => resolve())
  else resolve()
  return promise
}
