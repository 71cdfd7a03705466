import type { Transaction } from '../connection.ts'
import type { AttemptInfo } from '../events.ts'
import type { JobContext } from '../job.ts'

/** What is asked of the attempt behind it. */
export interface HandlerCalls {
  readonly info: AttemptInfo
  readonly signal: AbortSignal
  renew(): Promise<void>
  release(delaySeconds: number): void
  completeIn(tx: Transaction): Promise<void>
}

/** What a handler sees of its attempt. */
export class HandlerContext implements JobContext {
  readonly #run: HandlerCalls

  constructor(run: HandlerCalls) {
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
