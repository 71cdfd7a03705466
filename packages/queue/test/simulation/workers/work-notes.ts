import type { ClaimedJob, Reservation } from '../../../src/connection.ts'
import type { LostWork } from '../../../src/supervisor/recover-work.ts'
import type { WorkRecord } from '../../../src/work-record.ts'

const key = ({ id, attempts }: Reservation) => `${id}/${attempts}`

/** What a worker leaves word of in its record, as its parent reads it when the process is gone. */
export class WorkNotes implements WorkRecord {
  readonly #held = new Map<string, Reservation>()
  readonly #running = new Map<string, Reservation>()

  hold(added: readonly Reservation[]): void {
    for (const reservation of added) this.#held.set(key(reservation), reservation)
  }

  letGo(reservations: readonly Reservation[]): void {
    for (const reservation of reservations) this.#held.delete(key(reservation))
  }

  run<T>(job: ClaimedJob, _timeoutSeconds: number, handler: () => T): T {
    this.#running.set(key(job), job)
    return handler()
  }

  end(job: Reservation): undefined {
    this.#running.delete(key(job))
    return undefined
  }

  close(left: readonly Reservation[]): void {
    this.#held.clear()
    this.hold(left)
  }

  /** Of a process that was killed from outside, or whose host has ended. */
  lostByKill(): LostWork {
    return { cause: 'signal SIGKILL', held: [...this.#held.values()], suspects: [], culprit: undefined }
  }

  /** Of a process that a job has ended: which, is known when only one was running. */
  lostByCrash(): LostWork {
    const cause = 'signal SIGSEGV'
    const held = [...this.#held.values()]
    const [only, ...others] = [...this.#running.values()]
    if (only === undefined || others.length > 0)
      return { cause, held, suspects: [...this.#running.values()], culprit: undefined }
    return { cause, held, suspects: [], culprit: { reservation: only, durationMs: 0, end: { kind: 'crashed', cause } } }
  }
}
