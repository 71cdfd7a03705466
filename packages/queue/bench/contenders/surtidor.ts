import { createQueue, defineJob } from '../../src/index.ts'
import { type JobData, manyJobs } from '../job-data.ts'
import type { Entrant, Session } from './contender.ts'
import { connectTo } from './our-connection.ts'
import { Stopwatch } from './stopwatch.ts'

/** The queue of this repository, by its public API alone. */
export async function open({ place, settings }: Entrant): Promise<Session> {
  let onStart: (data: JobData) => void | Promise<void> = () => undefined
  const job = defineJob('NoOp', {}, (data: JobData) => onStart(data))
  const queue = createQueue({ connection: await connectTo(place), jobs: [job] })
  await queue.migrate()
  const { concurrency = 10 } = settings
  const stops: (() => Promise<unknown>)[] = []
  return {
    addMany: async (count) => {
      await queue.pushMany(job, manyJobs(count))
    },
    add: async (data) => {
      await queue.dispatch(job, data)
    },
    drain: async (count) => {
      const stopwatch = new Stopwatch(count)
      onStart = () => stopwatch.start()
      // What filled the queue in this process may still wait for the garbage collector: no reason to end.
      const { processed, reason } = await queue.worker({ concurrency, stopWhenEmpty: true, memory: 0 }).run()
      const elapsedMs = stopwatch.elapsedMs()
      if (processed !== count) throw new Error(`The worker ended (${reason}) after ${processed} of ${count} jobs.`)
      return elapsedMs
    },
    serve: async (listener) => {
      onStart = listener
      // Memory is measured by the bench, so the worker's own limit must not end it.
      const worker = queue.worker({ concurrency, memory: 0 })
      const running = worker.run()
      stops.push(() => {
        worker.stop()
        return running
      })
    },
    [Symbol.asyncDispose]: async () => {
      for (const stop of stops) await stop()
      await queue[Symbol.asyncDispose]()
    },
  }
}
