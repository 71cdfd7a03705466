import type { Attempt } from './attempt.ts'
import type { Transaction } from './connection.ts'
import type { JobContext } from './job.ts'

/** What a handler sees of its attempt. */
export class HandlerContext implements JobContext {
  readonly #attempt: Attempt

  constructor(attempt: Attempt) {
    this.#attempt = attempt
  }

  get uuid(): string {
    return this.#attempt.info.uuid
  }

  get name(): string {
    return this.#attempt.info.name
  }

  get queue(): string {
    return this.#attempt.info.queue
  }

  get attempt(): number {
    return this.#attempt.info.attempt
  }

  get signal(): AbortSignal {
    return this.#attempt.signal
  }

  renew(): Promise<void> {
    return this.#attempt.renew()
  }

  release(delaySeconds = 0): void {
    this.#attempt.release(delaySeconds)
  }

  completeIn(tx: Transaction): Promise<void> {
    return this.#attempt.completeIn(tx)
  }
}
