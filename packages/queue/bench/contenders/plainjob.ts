import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { better, defineQueue, defineWorker } from 'plainjob'
import { type JobData, manyJobs } from '../job-data.ts'
import { batches } from './batches.ts'
import type { Entrant, Session } from './contender.ts'
import { Stopwatch } from './stopwatch.ts'

const silent = { error: console.error, warn: () => undefined, info: () => undefined, debug: () => undefined }

/** plainjob at its default: one job after the other in this process, SQLite with synchronous NORMAL. */
export async function open({ place, settings }: Entrant): Promise<Session> {
  const connection = better(new BetterSqlite(join(place.folder, 'plainjob.sqlite')))
  const queue = defineQueue({ connection, logger: silent })
  return {
    addMany: async (count) => {
      for (const size of batches(count, settings.batch ?? 10_000)) queue.addMany('no-op', [...manyJobs(size)])
    },
    add: async (data: JobData) => {
      queue.add('no-op', data)
    },
    drain: async (count) => {
      const stopwatch = new Stopwatch(count)
      let completed = 0
      const worker = defineWorker('no-op', () => stopwatch.start(), {
        queue,
        logger: silent,
        onCompleted: () => {
          completed += 1
          if (completed === count) void worker.stop()
        },
      })
      await worker.start()
      return stopwatch.elapsedMs()
    },
    [Symbol.asyncDispose]: async () => queue.close(),
  }
}
