import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Sidequest } from 'sidequest'
import { type JobData, manyJobs } from '../job-data.ts'
import type { Entrant, Session } from './contender.ts'
import { heard, SidequestJob } from './sidequest-job.ts'
import { Stopwatch, untilEmpty } from './stopwatch.ts'

/** sidequest on SQLite at its fastest: jobs inline in this process, the shortest poll; it has no call for many jobs. */
export async function open({ place, settings }: Entrant): Promise<Session> {
  const file = join(place.folder, 'sidequest.sqlite')
  const { concurrency = 10 } = settings
  const configuration = {
    backend: { driver: '@sidequest/sqlite-backend', config: file },
    queues: [{ name: 'default', concurrency }],
    logger: { level: 'error' },
    maxConcurrentJobs: concurrency,
    jobPollingInterval: 1,
    fork: false,
    runner: 'inline',
    gracefulShutdown: false,
  } as const
  await Sidequest.configure({ ...configuration, queues: [...configuration.queues] })
  const work = () =>
    Sidequest.start({ ...configuration, queues: [...configuration.queues], dashboard: { enabled: false } })
  return {
    addMany: async (count) => {
      for (const data of manyJobs(count)) await Sidequest.build(SidequestJob).enqueue(data)
    },
    add: async (data: JobData) => {
      await Sidequest.build(SidequestJob).enqueue(data)
    },
    drain: async (count) => {
      const stopwatch = new Stopwatch(count)
      heard.onStart = () => stopwatch.start()
      await work()
      await stopwatch.allStarted
      const eye = new DatabaseSync(file, { readOnly: true })
      const unfinished = eye.prepare(`select 1 from sidequest_jobs where state <> 'completed' limit 1`)
      await untilEmpty(async () => unfinished.get() === undefined)
      eye.close()
      return stopwatch.elapsedMs()
    },
    [Symbol.asyncDispose]: () => Sidequest.stop(),
  }
}
