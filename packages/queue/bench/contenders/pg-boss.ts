import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { type JobData, manyJobs } from '../job-data.ts'
import { postgresUrl } from '../place.ts'
import { batches } from './batches.ts'
import type { Entrant, Session, Settings } from './contender.ts'
import { Stopwatch, untilEmpty } from './stopwatch.ts'

/** pg-boss; full batches are fetched without a pause, and LISTEN/NOTIFY is on where latency is measured. */
export async function open({ place, settings }: Entrant): Promise<Session> {
  const connectionString = postgresUrl(place)
  const notify = settings.notify === 1
  const boss = new PgBoss({ connectionString, useListenNotify: notify, schedule: false })
  boss.on('error', (error) => console.error(error))
  await boss.start()
  await boss.createQueue('bench', { notify })
  return {
    addMany: async (count) => {
      for (const size of batches(count, settings.insert ?? 1_000)) {
        await boss.insert(
          'bench',
          manyJobs(size).map((data) => ({ data })),
        )
      }
    },
    add: async (data) => {
      await boss.send('bench', data)
    },
    drain: async (count) => {
      await using eye = await openEye(connectionString)
      const stopwatch = new Stopwatch(count)
      await boss.work<JobData>('bench', workOptions(settings), async (jobs) => stopwatch.start(jobs.length))
      await stopwatch.allStarted
      await untilEmpty(eye.isEmpty)
      return stopwatch.elapsedMs()
    },
    serve: async (onStart) => {
      await boss.work<JobData>('bench', workOptions(settings), async (jobs) => {
        for (const { data } of jobs) onStart(data)
      })
    },
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  }
}

// Half a second is the shortest pause that it takes.
function workOptions({ batch = 1, workers = 1 }: Settings) {
  return {
    batchSize: batch,
    localConcurrency: workers,
    pollingIntervalSeconds: 0.5,
    burstWhenBatchFull: true,
  }
}

async function openEye(connectionString: string): Promise<AsyncDisposable & { isEmpty(): Promise<boolean> }> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  return {
    isEmpty: async () => {
      const { rowCount } = await client.query(`select from pgboss.job where state < 'completed' limit 1`)
      return rowCount === 0
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}
