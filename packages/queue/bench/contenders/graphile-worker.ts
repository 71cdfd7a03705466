import { Logger, makeWorkerUtils, type Runner, run } from 'graphile-worker'
import pg from 'pg'
import { type JobData, manyJobs } from '../job-data.ts'
import { postgresUrl } from '../place.ts'
import { batches } from './batches.ts'
import type { Entrant, Session, Settings } from './contender.ts'
import { Stopwatch, untilEmpty } from './stopwatch.ts'

declare global {
  namespace GraphileWorker {
    interface Tasks {
      noOp: JobData
    }
  }
}

const logger = new Logger(() => () => undefined)

/** graphile-worker; with `localQueue` it is tuned as its performance page says, else at its default. */
export async function open({ place, settings }: Entrant): Promise<Session> {
  const connectionString = postgresUrl(place)
  const utils = await makeWorkerUtils({ connectionString, logger })
  await utils.migrate()
  const runners: Runner[] = []
  const work = async (noOp: (data: JobData) => void): Promise<void> => {
    const preset = { worker: { connectionString, logger, ...workerOptions(settings) } }
    runners.push(await run({ preset, noHandleSignals: true, taskList: { noOp } }))
  }
  return {
    addMany: async (count) => {
      for (const size of batches(count, settings.batch ?? 1_000)) {
        await utils.addJobs(manyJobs(size).map((payload) => ({ identifier: 'noOp', payload })))
      }
    },
    add: async (data) => {
      await utils.addJob('noOp', data)
    },
    drain: async (count) => {
      await using eye = await openEye(connectionString)
      const stopwatch = new Stopwatch(count)
      await work(() => stopwatch.start())
      await stopwatch.allStarted
      // Its events tell of jobs that are still waiting to be deleted together, so the table is asked.
      await untilEmpty(eye.isEmpty)
      return stopwatch.elapsedMs()
    },
    serve: work,
    [Symbol.asyncDispose]: async () => {
      for (const runner of runners) await runner.stop()
      await utils.release()
    },
  }
}

function workerOptions({ concurrency = 1, localQueue }: Settings): GraphileConfig.WorkerOptions {
  const base = { concurrentJobs: concurrency, maxPoolSize: Math.max(10, concurrency + 1) }
  if (localQueue === undefined) return base
  return { ...base, localQueue: { size: localQueue }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }
}

async function openEye(connectionString: string): Promise<AsyncDisposable & { isEmpty(): Promise<boolean> }> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  return {
    isEmpty: async () => {
      const { rowCount } = await client.query('select from graphile_worker._private_jobs limit 1')
      return rowCount === 0
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}
