import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { buildDBClient, Runner, SqliteQueue } from 'liteque'
import { type JobData, manyJobs } from '../job-data.ts'
import type { Entrant, Session } from './contender.ts'
import { Stopwatch } from './stopwatch.ts'

/** liteque at its default of WAL with synchronous NORMAL; it has no call for many jobs. */
export async function open({ place, settings }: Entrant): Promise<Session> {
  allowAsyncTransactions()
  const database = buildDBClient(join(place.folder, 'liteque.sqlite'), { runMigrations: true })
  const queue = new SqliteQueue<JobData>('bench', database, {
    defaultJobArgs: { numRetries: 0 },
    keepFailedJobs: false,
  })
  const { concurrency = 10 } = settings
  return {
    addMany: async (count) => {
      for (const data of manyJobs(count)) await queue.enqueue(data)
    },
    add: async (data) => {
      await queue.enqueue(data)
    },
    drain: async (count) => {
      const stopwatch = new Stopwatch(count)
      const runner = new Runner<JobData>(
        queue,
        { run: async () => stopwatch.start() },
        // It looks for the end at this interval too, so the shortest is the fairest.
        { concurrency, pollIntervalMs: 1, timeoutSecs: 60 },
      )
      await runner.runUntilEmpty()
      return stopwatch.elapsedMs()
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/**
 * liteque hands an async function to better-sqlite3's `transaction`. Versions that run on this Node refuse that; older
 * ones committed as soon as the function had returned its promise, and that is what liteque gets here too.
 */
function allowAsyncTransactions(): void {
  Object.assign(BetterSqlite.prototype, {
    transaction(this: BetterSqlite.Database, work: (...args: unknown[]) => unknown) {
      const deferred = (...args: unknown[]): unknown => {
        this.exec('begin')
        const result = work(...args)
        this.exec('commit')
        return result
      }
      return Object.assign(deferred, { deferred })
    },
  })
}
