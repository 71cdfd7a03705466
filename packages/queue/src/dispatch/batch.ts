import { randomUUID } from 'node:crypto'
import type { NewBatch, Transaction } from '../connection.ts'
import { InvalidOptionError } from '../errors.ts'
import type { AnyJobDefinition } from '../job.ts'
import { writeBatchOptions } from '../laravel/batch-options.ts'
import { type DispatchedJob, type PreparedJob, prepareJob } from './prepare-job.ts'

/** Jobs that are counted together in Laravel's table `job_batches`, whichever side runs them. */
export interface BatchDispatchOptions {
  /** What people call it. Default none. */
  readonly name?: string
  /** Where its jobs go. Default: what each definition says. */
  readonly queue?: string
  /** True lets the others go on when one has failed; else the first failure cancels the batch. */
  readonly allowsFailures?: boolean
  readonly tx?: Transaction
  /** As that of `dispatch`, for the whole batch. */
  readonly key?: string
}

/** A job of a batch; only a class job (`php`) can carry the batch it belongs to. */
export interface BatchJob {
  readonly job: AnyJobDefinition
  readonly data: unknown
}

export interface DispatchedBatch {
  readonly id: string
  readonly jobs: readonly DispatchedJob[]
  /** True when it was not dispatched, because its key was used before. */
  readonly isSkipped?: boolean
}

export interface PreparedBatch {
  readonly batch: NewBatch
  readonly members: readonly PreparedJob[]
}

const maxMembers = 100_000

export async function prepareBatch(
  jobs: readonly BatchJob[],
  { name = '', queue, allowsFailures = false }: BatchDispatchOptions,
  defaultQueue: string,
): Promise<PreparedBatch> {
  if (jobs.length === 0 || jobs.length > maxMembers)
    throw new InvalidOptionError('jobs', `${jobs.length} jobs`, `1 to ${maxMembers}`)
  if (name.length > 255) throw new InvalidOptionError('name', name, 'at most 255 characters')
  const batchId = orderedUuid(Date.now())
  const members: PreparedJob[] = []
  for (const { job, data } of jobs) {
    if (!job.options.php) throw new InvalidOptionError('jobs', job.name, 'jobs with php, which can tell their batch')
    members.push({ ...(await prepareJob({ definition: job, data, options: { queue } }, defaultQueue)), batchId })
  }
  return { batch: { id: batchId, name, options: writeBatchOptions({ queue, allowsFailures }) }, members }
}

/** Time first, so that new batches stand together in the index; as UUID version 7 has it. */
function orderedUuid(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
