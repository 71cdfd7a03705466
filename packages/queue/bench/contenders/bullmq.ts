import { Queue, Worker } from 'bullmq'
import { type JobData, manyJobs } from '../job-data.ts'
import { serverOf } from '../place.ts'
import { batches } from './batches.ts'
import type { Entrant, Session } from './contender.ts'
import { Stopwatch } from './stopwatch.ts'

/** BullMQ; finished jobs are removed at once, as ours are, which is also its fastest setting. */
export async function open({ place, settings }: Entrant): Promise<Session> {
  const { host, port } = serverOf(place)
  const connection = { host, port, maxRetriesPerRequest: null }
  const { concurrency = 1, batch = 1_000 } = settings
  const queue = new Queue<JobData>('bench', {
    connection,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  })
  await queue.waitUntilReady()
  const workers: Worker<JobData>[] = []
  const work = (handler: (data: JobData) => void): Worker<JobData> => {
    const worker = new Worker<JobData>('bench', async ({ data }) => handler(data), { connection, concurrency })
    workers.push(worker)
    return worker
  }
  return {
    addMany: async (count) => {
      for (const size of batches(count, batch)) {
        await queue.addBulk(manyJobs(size).map((data) => ({ name: 'no-op', data })))
      }
    },
    add: async (data) => {
      await queue.add('no-op', data)
    },
    drain: async (count) => {
      const stopwatch = new Stopwatch(count)
      const worker = work(() => stopwatch.start())
      await untilCompleted(worker, count)
      return stopwatch.elapsedMs()
    },
    serve: async (onStart) => {
      await work(onStart).waitUntilReady()
    },
    [Symbol.asyncDispose]: async () => {
      for (const worker of workers) await worker.close()
      await queue.close()
    },
  }
}

function untilCompleted(worker: Worker<JobData>, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let completed = 0
    worker.on('error', reject)
    worker.on('completed', () => {
      completed += 1
      if (completed === count) resolve()
    })
  })
}
