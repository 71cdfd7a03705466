/** Why a worker stopped. */
export type StopReason =
  | 'lost_connection'
  | 'once'
  | 'empty'
  | 'empty_for'
  | 'max_jobs'
  | 'max_time'
  | 'memory'
  | 'interrupted'
  | 'restart_signal'
  | 'timed_out'
  | 'crashed'

const exitCodes: Partial<Record<StopReason, number>> = { memory: 12, timed_out: 1, crashed: 1, lost_connection: 1 }

/**
 * 0; 12 for memory; 1 when a handler ignored its timeout and still runs, when a job threw what nobody could catch, or when
 * the database could not be asked.
 */
export function exitCodeOf(reason: StopReason): number {
  return exitCodes[reason] ?? 0
}
