import { createHash } from 'node:crypto'
import { recordLateFailure } from '../attempt/settle-outcome.ts'
import type { ClaimedJob, Reservation } from '../connection.ts'
import { describePayload } from '../laravel/payload.ts'
import type { QueueRuntime } from '../runtime.ts'
import type { WorkerOptions } from '../worker/worker-options.ts'
import type { WorkerSlots } from '../worker-slots.ts'
import { type Culprit, type LostWork, recoverWork, settleCulprit } from './recover-work.ts'

/** What a process that looks after workers, and works nothing itself, asks of their queue. */
export class Supervision {
  readonly #runtime: QueueRuntime

  constructor(runtime: QueueRuntime) {
    this.#runtime = runtime
  }

  /** Tells the databases of a host apart: a digest, as short for a long path as for any other place. */
  get database(): string {
    return createHash('sha256').update(this.#runtime.connection.label).digest('hex')
  }

  get defaultQueue(): string {
    return this.#runtime.defaultQueue
  }

  get retryAfterSeconds(): number {
    return this.#runtime.connection.retryAfterSeconds
  }

  /** Bounds how many workers are alive. */
  get slots(): WorkerSlots {
    return this.#runtime.connection.slots
  }

  /** Something else than the queue had no room on its disk, and jobs cannot end without it. */
  makeRoom(): void {
    this.#runtime.connection.makeRoom?.()
  }

  /** Gives back what a dead worker held, but for the culprit. Safe to run again. */
  recover(work: LostWork): Promise<void> {
    return recoverWork(this.#runtime, work)
  }

  /**
   * Records that a job has ended its process, with `options` as its worker had them. Answers false when it has to be tried
   * again. Runs code of the application.
   */
  settleCulprit(culprit: Culprit, options: WorkerOptions): Promise<boolean> {
    return settleCulprit(this.#runtime, culprit, options)
  }

  /** How often a job has ended a process before; undefined when its reservation is not current any more. */
  async crashesOf(reservation: Reservation): Promise<number | undefined> {
    const [job] = await this.#runtime.connection.reserved([reservation])
    return job?.crashes
  }

  /** Of a job that has completed, and whose code threw afterwards. */
  recordLateFailure(job: ClaimedJob, error: unknown): Promise<void> {
    const { uuid, name } = describePayload(job.payload)
    const { id, queue } = job
    const attempt = Math.max(1, job.attempts - job.forgiven)
    const info = { id, uuid: uuid ?? '', name, queue, attempt, connection: this.#runtime.connection.name }
    return recordLateFailure(this.#runtime, { job, info, error })
  }

  /** Keeps reservations alive whose worker cannot. */
  async renew(reservations: readonly Reservation[]): Promise<void> {
    await this.#runtime.connection.renew(reservations)
  }
}
