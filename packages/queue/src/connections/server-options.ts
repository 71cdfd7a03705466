import { InvalidOptionError } from '../errors.ts'

export interface ServerOptions {
  /** Seconds after which a reservation that nobody renews may be claimed by another worker. Default 90. */
  readonly retryAfter?: number
  /** Sessions at the most. A busy worker uses four. Default 5. */
  readonly connections?: number
  /**
   * Seconds that a statement may take. Default 10. Where it is longer than a third of `retryAfter`, one answer that does
   * not come may cost a worker its reservations.
   */
  readonly deadline?: number
}

export interface CheckedServerOptions {
  readonly connections: number
  readonly deadlineSeconds: number
}

export function checkServerOptions({ connections = 5, deadline = 10 }: ServerOptions): CheckedServerOptions {
  if (!Number.isInteger(connections) || connections < 1 || connections > 1_000) {
    throw new InvalidOptionError('connections', connections, 'a whole number from 1 to 1000')
  }
  if (!(deadline >= 0.1 && deadline <= 3_600)) {
    throw new InvalidOptionError('deadline', deadline, 'seconds from 0.1 to 3600')
  }
  return { connections, deadlineSeconds: deadline }
}
