import type { Reservation } from './connection.ts'
import { type LostWork, recoverWork } from './recover-work.ts'
import type { QueueRuntime } from './runtime.ts'
import type { WorkerOptions } from './worker-options.ts'
import type { WorkerSlots } from './worker-slots.ts'

/** What a process that looks after workers, and works nothing itself, asks of their queue. */
export class Supervision {
  readonly #runtime: QueueRuntime

  constructor(runtime: QueueRuntime) {
    this.#runtime = runtime
  }

  /** Tells the databases of a host apart, without secrets. */
  get database(): string {
    return this.#runtime.connection.label
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

  /** Gives back what a dead worker held, with `options` as it had them. Safe to run again. */
  recover(work: LostWork, options: WorkerOptions): Promise<void> {
    return recoverWork(this.#runtime, work, options)
  }

  /** Keeps reservations alive whose worker cannot. */
  async renew(reservations: readonly Reservation[]): Promise<void> {
    await this.#runtime.connection.renew(reservations)
  }
}
