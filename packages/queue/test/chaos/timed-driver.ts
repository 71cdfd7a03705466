import type { Driver, Executor } from '../../src/drivers/driver.ts'
import { withMembers } from '../support/with-members.ts'

/** How long what was asked of a database took, in milliseconds. */
export interface Timings {
  /** From a statement inside a transaction to its answer or error. */
  slowestStatement: number
  /** From a call of the driver, which waits for a session first, to its answer or error. */
  slowestCall: number
  /** Calls that were answered by an error. */
  failed: number
  /** When the calls began that are not answered yet; of `performance.now()`. */
  readonly pending: Set<{ readonly startedAt: number }>
  /** Statements and calls that took longer than this are late. */
  readonly lateMs: number
  readonly late: Late[]
}

export interface Late {
  readonly what: 'statement' | 'call'
  readonly from: number
  readonly to: number
}

export function timedDriver(driver: Driver, timings: Timings): Driver {
  const end = (what: Late['what'], from: number): number => {
    const to = performance.now()
    if (to - from > timings.lateMs) timings.late.push({ what, from, to })
    return to - from
  }
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    const call = { startedAt: performance.now() }
    timings.pending.add(call)
    try {
      return await work()
    } catch (error) {
      timings.failed += 1
      throw error
    } finally {
      timings.pending.delete(call)
      timings.slowestCall = Math.max(timings.slowestCall, end('call', call.startedAt))
    }
  }
  const timed = (executor: Executor): Executor => ({
    query: async (sql, parameters) => {
      const startedAt = performance.now()
      try {
        return await executor.query(sql, parameters)
      } finally {
        timings.slowestStatement = Math.max(timings.slowestStatement, end('statement', startedAt))
      }
    },
  })
  return withMembers(driver, {
    query: (...statement: Parameters<Driver['query']>) => call(() => driver.query(...statement)),
    transaction: <T>(work: (executor: Executor) => Promise<T>) =>
      call(() => driver.transaction((executor) => work(timed(executor)))),
  } satisfies Partial<Driver>)
}
