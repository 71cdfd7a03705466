import type { Transaction } from './connection.ts'
import type { HandlerRun } from './handler-run.ts'
import type { JobContext } from './job.ts'

/** What a handler sees of its attempt. */
export class HandlerContext implements JobContext {
  readonly #run: HandlerRun

  constructor(run: HandlerRun) {
    this.#run = run
  }

  get uuid(): string {
    return this.#run.info.uuid
  }

  get name(): string {
    return this.#run.info.name
  }

  get queue(): string {
    return this.#run.info.queue
  }

  get attempt(): number {
    return this.#run.info.attempt
  }

  get signal(): AbortSignal {
    return this.#run.signal
  }

  renew(): Promise<void> {
    return this.#run.renew()
  }

  release(delaySeconds = 0): void {
    this.#run.release(delaySeconds)
  }

  completeIn(tx: Transaction): Promise<void> {
    return this.#run.completeIn(tx)
  }
}
