import type { ClaimedJob, Reservation } from './connection.ts'

/**
 * Where a worker leaves word of what it holds and what it runs, for whoever has to give it back when this process is gone,
 * and to say what ended it. Calls are quick and never throw.
 */
export interface WorkRecord {
  /** These are held from now on; `all` answers everything that is. */
  hold(added: readonly Reservation[], all: () => Iterable<Reservation>): void
  /** Their claims are about to be undone: from then on the same reservations may be another worker's. */
  letGo(reservations: readonly Reservation[]): void
  /**
   * Starts a handler, or a hook beside a handler that goes on. What it leaves behind (timers, promises) can be traced to its
   * job. 0 seconds: without limit.
   */
  run<T>(job: ClaimedJob, timeoutSeconds: number, handler: () => T): T
  /** What was started last for this job has ended. Answers the error with which a job fails that did harm to its process; undefined for others. */
  end(job: ClaimedJob): Error | undefined
  /** Milliseconds that signals have kept this process stopped so far; missing where nobody counts them. */
  readonly stoodStillMs?: (() => number) | undefined
  /** The worker has ended; these it could not give back. */
  close(left: readonly Reservation[]): void
}
